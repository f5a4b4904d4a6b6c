import type { ResourceKey } from '../core/resource.js'
import type { ChangeEvent, Store } from '../core/store.js'
import { doubtOf } from './admission.js'
import type { Log } from './log.js'
import { secretNames } from './secrets.js'
import type { Session } from './session-host.js'
import type { ProxyAuthenticator } from './tokens/proxy-authenticator.js'

export interface ReauthenticationOptions {
  readonly store: Pick<Store, 'get' | 'watch'>
  readonly sessions: ReadonlySet<Session>
  readonly authenticator: ProxyAuthenticator
  readonly log: Log
  /** How long to wait until what could not be checked is checked again, in milliseconds. Default: 5 s. */
  readonly retryMs?: number
}

/**
 * Asks proxies that are connected again who they are when the answer may be another: a token was revoked, a signing key went, or the
 * proxy's resource now has a name or tags that its token is not good for. Streams of those that are no longer believed end.
 * @returns stops it
 */
export function reauthenticate({ store, sessions, authenticator, log, retryMs = 5000 }: ReauthenticationOptions): () => void {
  if (!authenticator.required) return () => {}
  let retry: NodeJS.Timeout | undefined
  let doubtful = new Set<Session>()

  async function check(session: Session): Promise<void> {
    const { proxy } = session.node
    try {
      const stored = await store.get(proxy)
      // Whoever removed the proxy has its stream ended.
      const doubt = stored && (await doubtOf(authenticator, stored.resource, session.credential))
      if (doubt !== undefined) session.end('unauthenticated', doubt)
    } catch (error) {
      log.error('a connected proxy could not be asked again who it is: it is asked later', { proxy, error })
      doubtful.add(session)
      retry ??= setTimeout(again, retryMs).unref()
    }
  }

  function again(): void {
    retry = undefined
    const left = [...doubtful].filter((session) => sessions.has(session))
    doubtful = new Set()
    for (const session of left) void check(session)
  }

  const stop = store.watch((events) => {
    for (const session of sessions) {
      if (events === 'reset' || events.some((event) => concerns(event, session.node.proxy))) void check(session)
    }
  })
  return () => {
    stop()
    clearTimeout(retry)
  }
}

/** Whether a change can make a proxy somebody else, or its token void. */
function concerns({ key }: ChangeEvent, proxy: ResourceKey): boolean {
  if (key.type === proxy.type) return key.name === proxy.name && key.mesh === proxy.mesh
  if (key.type === 'Secret' && key.mesh !== undefined) return key.mesh === proxy.mesh && isOfTokens(key.name, key.mesh)
  return key.type === 'GlobalSecret' && proxy.mesh === undefined && isOfZoneTokens(key.name)
}

function isOfTokens(name: string, mesh: string): boolean {
  return name === secretNames.dataplaneTokenRevocations(mesh) || name.startsWith(secretNames.dataplaneTokenKey(mesh))
}

function isOfZoneTokens(name: string): boolean {
  return name === secretNames.zoneTokenRevocations || name.startsWith(secretNames.zoneTokenKey)
}
