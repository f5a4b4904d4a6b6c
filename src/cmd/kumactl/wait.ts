import type { ApiClient } from './client.js'
import type { Terminal } from './context.js'
import { CliFailure } from './failure.js'

interface ProxyName {
  readonly mesh?: string
  readonly name: string
  readonly type: string
}

/** The answer of `GET /_convergence`. */
interface Convergence {
  readonly position: number
  readonly settled: boolean
  readonly running: readonly ProxyName[]
  readonly pending: readonly (ProxyName & { readonly gone: boolean })[]
  readonly refused: readonly (ProxyName & {
    readonly refusals: readonly {
      readonly type: string
      readonly name: string
      readonly reason: string
      readonly policies?: readonly ProxyName[]
    }[]
  })[]
  readonly offline: readonly ProxyName[]
}

/** The last change that there is. */
export async function lastChange(client: Pick<ApiClient, 'get'>): Promise<number> {
  return ((await client.get('/_convergence')) as Convergence).position
}

/** One request is held back no longer than this, in seconds. */
const longestWait = 20

/**
 * Waits until every proxy has answered all that was applied so far.
 * @param since the last change before
 * @throws CliFailure when the time is up, or when a proxy refuses part of it
 */
export async function waitForProxies(
  client: Pick<ApiClient, 'get'>,
  { since, timeoutMs }: { readonly since: number; readonly timeoutMs: number },
  terminal: Terminal,
): Promise<void> {
  const end = terminal.now().getTime() + timeoutMs
  let told: Convergence | undefined
  do {
    const left = Math.max(0, Math.ceil((end - terminal.now().getTime()) / 1000))
    const position = told ? `&position=${told.position}` : ''
    told = (await client.get(`/_convergence?since=${since}&wait=${Math.min(left, longestWait)}${position}`)) as Convergence
  } while (!told.settled && terminal.now().getTime() < end)
  const { running, pending, refused, offline } = told
  for (const proxy of refused) {
    for (const { type, name, reason, policies = [] } of proxy.refusals) {
      const because = policies.length > 0 ? ` (from ${policies.map(described).join(', ')})` : ''
      terminal.err(`${described(proxy)} refuses ${type} "${name}"${because}: ${reason}\n`)
    }
  }
  for (const proxy of pending)
    terminal.err(
      `${described(proxy)} ${proxy.gone ? 'lost its connection before it could run' : 'does not run'} the change${proxy.gone ? '' : ' yet'}\n`,
    )
  terminal.out(`${running.length} proxies run the change${offline.length > 0 ? `, ${offline.length} are offline` : ''}\n`)
  if (pending.length > 0) throw new CliFailure(`${pending.length} proxies do not run the change yet`)
  if (refused.length > 0) throw new CliFailure(`${refused.length} proxies refuse part of the change: they keep what they had of it`)
}

function described({ type, mesh, name }: ProxyName): string {
  return `${type} "${name}"${mesh === undefined ? '' : ` of mesh "${mesh}"`}`
}
