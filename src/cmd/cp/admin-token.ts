import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KumaError } from '../../core/errors.js'
import type { Store } from '../../core/store.js'
import { admin } from '../../server/api/access.js'
import { replaceFile } from '../../server/own-certificate.js'
import { readSecret, secretKey, secretNames, secretOf } from '../../server/secrets.js'
import type { Tokens } from '../../server/tokens/tokens.js'
import type { Logger } from '../log.js'

export interface AdminTokenOptions {
  readonly store: Pick<Store, 'get' | 'write'>
  readonly tokens: Pick<Tokens, 'issueUser'>
  readonly log: Logger
}

/** Source: Kuma. */
const tenYearsMs = 10 * 365 * 24 * 3_600_000

/**
 * Makes the token of the administrator when there is none, keeps it as the global secret that Kuma keeps it in, and in a file
 * that only the user of this process reads; says where that is once it is written there.
 */
export async function keepAdminToken({ store, tokens, log }: AdminTokenOptions, workDir: string): Promise<void> {
  const key = secretKey(undefined, secretNames.adminUserToken)
  const token = (await readSecret(store, key))?.toString() ?? (await make({ store, tokens }))
  const file = join(workDir, 'admin-user-token')
  if (token === '' || (await readFile(file, 'utf8').catch(() => '')) === token) return
  await mkdir(workDir, { recursive: true, mode: 0o700 })
  await replaceFile(file, token, 0o600)
  log.info(
    `the administrator's token is in ${file}; give it to kumactl with: kumactl config control-planes add ` +
      `--name NAME --address URL --auth-type tokens --auth-conf token="$(cat ${file})"`,
  )
}

/** Another control plane on the same store may have been faster. */
async function make({ store, tokens }: Pick<AdminTokenOptions, 'store' | 'tokens'>): Promise<string> {
  const key = secretKey(undefined, secretNames.adminUserToken)
  const token = await tokens.issueUser({ name: admin.name, groups: [admin.name] }, tenYearsMs)
  try {
    await store.write([{ op: 'put', resource: secretOf(key, token), expect: 'absent' }])
    return token
  } catch (error) {
    if (!(error instanceof KumaError && error.code === 'conflict')) throw error
    return (await readSecret(store, key))?.toString() ?? ''
  }
}
