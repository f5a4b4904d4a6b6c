import { defaultMesh } from '../../core/defaults.js'
import { KumaError } from '../../core/errors.js'
import type { Registry } from '../../core/kind.js'
import type { Store } from '../../core/store.js'
import { ResourceWriter } from '../../server/resource-writer.js'
import type { Tokens } from '../../server/tokens/tokens.js'
import type { WriteRule } from '../../server/resource-writer.js'
import type { KumaCpConfig } from './config.js'
import type { Logger } from '../log.js'
import { keepAdminToken } from './admin-token.js'
import { workDirOf } from './storage.js'

export interface OwnResourcesOptions {
  readonly store: Store
  readonly registry: Registry
  readonly config: KumaCpConfig
  readonly rules: readonly WriteRule[]
  readonly tokens: Pick<Tokens, 'ensureGlobalKeys' | 'issueUser'>
  readonly log: Logger
}

/**
 * What a control plane has from the start: the mesh `default`, the keys that tokens of users and zones are signed with, the
 * administrator's token. */
export async function createOwnResources({ store, registry, config, rules, tokens, log }: OwnResourcesOptions): Promise<void> {
  await tokens.ensureGlobalKeys()
  const { bootstrapAdminToken, enableIssuer, validator } = config.apiServer.authn.tokens
  // One that nobody would take is none.
  if (bootstrapAdminToken && enableIssuer && validator.useSecrets) await keepAdminToken({ store, tokens, log }, workDirOf(config))
  if (config.defaults.skipMeshCreation) return
  const { items } = await store.list({ type: 'Mesh' })
  if (items.length > 0) return
  // In a cluster it gets what comes with it as any other does.
  if (config.environment === 'kubernetes') return createBareMesh(store, log)
  const writer = new ResourceWriter({ store, registry, zone: config.multizone.zone.name, rules })
  try {
    const { refusal } = await writer.put({ type: 'Mesh', name: 'default', labels: {}, spec: {} })
    if (refusal) throw new Error(`the mesh "default" could not be created: ${JSON.stringify(refusal)}`)
    log.info('created the mesh "default"')
  } catch (error) {
    // Another control plane on the same store was faster.
    if (!(error instanceof KumaError && error.code === 'conflict')) throw error
  }
}

async function createBareMesh(store: Store, log: Logger): Promise<void> {
  try {
    await store.write([{ op: 'put', resource: defaultMesh, expect: 'absent' }])
    log.info('created the mesh "default"')
  } catch (error) {
    if (!(error instanceof KumaError && error.code === 'conflict')) throw error
  }
}
