import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CliFailure } from '../failure.js'
import type { RunSettings } from './settings.js'

/** A proxy's token, and the file that Envoy can read it from. */
export interface ProxyToken {
  readonly token: string
  readonly path: string
}

/**
 * The token that the proxy shows; one that came as text is written into the work folder.
 * @throws CliFailure where it can't be a token
 */
export function readToken({ token, tokenFile }: Pick<RunSettings, 'token' | 'tokenFile'>, workDir: string): ProxyToken | undefined {
  if (token !== undefined) {
    const path = join(workDir, 'dataplane-token')
    const text = demandToken(token, '--dataplane-token')
    writeFileSync(path, text, { mode: 0o600 })
    return { token: text, path }
  }
  if (tokenFile === undefined) return undefined
  try {
    return { token: demandToken(readFileSync(tokenFile, 'utf8'), tokenFile), path: tokenFile }
  } catch (error) {
    if (error instanceof CliFailure) throw error
    throw new CliFailure(`the dataplane token can't be read: ${(error as Error).message}`)
  }
}

/** Three parts of Base64: enough to tell a token from a page of help, an error or a wrong file. */
function demandToken(text: string, source: string): string {
  const token = text.trim()
  if (token === '') throw new CliFailure(`${source}: the dataplane token is empty`)
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    throw new CliFailure(
      `${source}: this is no dataplane token. Make one with: kumactl generate dataplane-token --name NAME --valid-for 24h`,
    )
  }
  return token
}
