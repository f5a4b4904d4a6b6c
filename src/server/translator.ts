import type { Fleet, ProxyKey } from '../translate/fleet.js'
import type { Snapshot } from '../translate/snapshot.js'
import type { ProxyOptions } from '../translate/translate.js'
import { describe } from './admission.js'
import type { Connections } from './connections.js'
import type { LiveFleet } from './live-fleet.js'
import type { Log } from './log.js'
import { proxyKey, resourceKey } from './node.js'
import { type IdentityProviders, type ProxyIdentities, identitiesOf, noIdentity } from './proxy-identities.js'
import { type PushQueue, createPushQueue } from './push-queue.js'
import type { Session } from './session-host.js'
import { keepUnchanged } from './snapshot-cache.js'
import type { XdsMetrics } from './xds-metrics.js'

export interface TranslatorOptions extends IdentityProviders {
  readonly connections: Connections
  /** Asked for each time: it goes on. */
  readonly live: () => Pick<LiveFleet, 'fleet' | 'find' | 'ofType'>
  /** What all proxies are translated with. */
  readonly proxies?: Pick<ProxyOptions, 'adminTls' | 'internalAddresses' | 'rawCodec'>
  readonly metrics: XdsMetrics
  readonly log: Log
  /** A session has what was worked out for it just now, be it new or not. */
  onGiven(session: Session): void
}

/** Works out what connected proxies get and hands it to their sessions: only when it is asked to, and only what is new. */
export interface Translator {
  add(session: Session): void
  remove(session: Session): void
  /** All streams of the proxies. */
  refresh(proxies: Iterable<ProxyKey>): void
  /** What the session would get of another fleet; undefined: it was given nothing yet, or is not connected any more. */
  preview(session: Session, fleet: Fleet): Snapshot | undefined
  /** Whether the session's configuration is to be worked out, or worked out again. */
  isDue(session: Session): boolean
}

export function createTranslator(options: TranslatorOptions): Translator {
  const { connections, live, metrics, log } = options
  const now = () => performance.now()
  const prepared = new Map<Session, ProxyIdentities>()
  // Two queues: what a proxy gets is worked out when its certificate is there, in a turn of its own.
  const preparing: PushQueue<Session> = createPushQueue(prepare, now)
  const translating: PushQueue<Session> = createPushQueue(translate, now)

  function prepare(session: Session): void | Promise<void> {
    const resource = live().find(session.node.proxy)
    // A proxy whose resource is deleted keeps what it has until it goes, or its resource comes back.
    if (!resource || !connections.of(session)) return
    const ready = (found: ProxyIdentities) => {
      if (!connections.of(session)) return
      prepared.set(session, found)
      translating.add(session)
    }
    return identitiesOf(resource, options, live()).then(ready, (error: Error) =>
      ready({ failures: [noIdentity(error.message, resource)], waits: true }),
    )
  }

  function translate(session: Session): void {
    const { fleet } = live()
    const found = prepared.get(session)
    prepared.delete(session)
    const connection = connections.of(session)
    if (!found || !connection || !fleet.has(proxyKey(session.node.proxy))) return
    // It is given nothing, and does not count as given anything either.
    if (found.waits) return connections.report(connection, found.failures)
    const start = performance.now()
    let result: 'changed' | 'skip' | 'error' = 'error'
    try {
      result = give(session, fleet, found)
      options.onGiven(session)
    } catch (error) {
      log.error(`what ${describe(session.node.proxy)} gets could not be worked out`, { error: (error as Error).stack })
    }
    metrics.generated(result, performance.now() - start, session.node.proxy.type)
  }

  function give(session: Session, fleet: Fleet, { failures, certificate, ...own }: ProxyIdentities): 'changed' | 'skip' {
    const connection = connections.of(session)
    if (!connection) return 'skip'
    const { proxy, metadata } = session.node
    connection.translatedWith = { ...options.proxies, metadata, ...own }
    const { snapshot: made, issues } = fleet.translate(proxyKey(proxy), connection.translatedWith)
    connections.report(connection, [...failures, ...issues.filter(({ level }) => level === 'error')])
    const snapshot = keepUnchanged(connection.snapshot, made)
    const changed = snapshot !== connection.snapshot
    if (changed) {
      connection.snapshot = snapshot
      session.update(snapshot)
    }
    connections.offered(connection, certificate ?? 'none')
    return changed ? 'changed' : 'skip'
  }

  return {
    add: (session) => preparing.add(session),
    remove(session) {
      preparing.remove(session)
      translating.remove(session)
      prepared.delete(session)
    },
    refresh(proxies) {
      for (const proxy of proxies) for (const session of connections.sessionsOf(resourceKey(proxy))) preparing.add(session)
    },
    preview(session, fleet) {
      const key = proxyKey(session.node.proxy)
      const translatedWith = connections.of(session)?.translatedWith
      return translatedWith && fleet.has(key) ? fleet.translate(key, translatedWith).snapshot : undefined
    },
    isDue: (session) => preparing.has(session) || translating.has(session),
  }
}
