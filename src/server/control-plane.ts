import type { Leader } from '../core/leader.js'
import type { Registry } from '../core/kind.js'
import type { Issue } from '../core/issue.js'
import type { ResourceKey } from '../core/resource.js'
import type { Store } from '../core/store.js'
import type { Fleet, FleetOptions, ProxyKey } from '../translate/fleet.js'
import type { Snapshot } from '../translate/snapshot.js'
import { admitProxy } from './admission.js'
import { createBlame } from './blame.js'
import type { Refused } from './caught-up.js'
import { Connections } from './connections.js'
import { ConvergenceTracker } from './convergence.js'
import type { IdentityProvider } from './identity/provider.js'
import type { WorkloadIdentityProvider } from './identity/workload.js'
import { type InsightWriterOptions, createInsightWriter } from './insight-writer.js'
import { type FleetUpdate, type LiveFleet, openLiveFleet } from './live-fleet.js'
import { type Log, silentLog } from './log.js'
import { nativeDigest } from './native-digest.js'
import { type NodeIdentity, proxyKey, resourceKey } from './node.js'
import { forgetIdentities, proxyOfIdentity } from './proxy-identities.js'
import { reauthenticate } from './reauthentication.js'
import { createQuietLog } from './quiet-log.js'
import type { OutsideData } from './outside-data.js'
import { type Receipts, createReceipts } from './receipts.js'
import { createRegistration } from './registration.js'
import { createVirtualAddressWriter } from './virtual-addresses.js'
import type { ResourceWriter } from './resource-writer.js'
import type { Session, SessionHost } from './session-host.js'
import type { ProxyAuthenticator } from './tokens/proxy-authenticator.js'
import { type TranslatorOptions, createTranslator } from './translator.js'
import { type XdsMetrics, noMetrics } from './xds-metrics.js'

export interface ControlPlaneOptions {
  readonly store: Store
  readonly registry: Registry
  /** Name of the control plane's zone. */
  readonly zone: string
  /** Which of several control planes this is. */
  readonly instanceId: string
  /** Finds out whether a proxy is the one that it says it is. */
  readonly authenticator: ProxyAuthenticator
  /** Certificates of proxies; without them, mTLS lets nobody in. */
  readonly identities?: IdentityProvider
  /** Certificates with SPIFFE IDs; without them, who is selected by a MeshIdentity waits. */
  readonly workloadIdentities?: WorkloadIdentityProvider
  /** Stores what proxies bring along; without it, their resources have to be applied before. */
  readonly writer?: Pick<ResourceWriter, 'put' | 'remove'>
  readonly fleet?: Omit<FleetOptions, 'zone'>
  /**
   * Hands out the virtual addresses of `kuma.io/service` tags: whoever leads writes them down, and all serve what is written.
   * Without it this control plane hands them out itself, anew each time it starts.
   */
  readonly leader?: Leader
  /** Files that resources may name. Default: none. */
  readonly outside?: OutsideData
  /** What all proxies are translated with. */
  readonly proxies?: TranslatorOptions['proxies']
  readonly insights?: Pick<InsightWriterOptions, 'flushMs' | 'urgentMs' | 'subscriptionLimit'>
  /** Whether no other control plane uses the store: then no proxy is connected when this one starts. Default: true. */
  readonly alone?: boolean
  /** A proxy that brought its resource along and is gone for so long is removed, in milliseconds. Default: 10 s. */
  readonly removalDelayMs?: number
  /**
   * A proxy that lost its stream is taken to come back within so long, in milliseconds: receipts wait for it. Default: 30 s, the
   * longest that Envoy waits between two tries.
   */
  readonly reconnectMs?: number
  readonly log?: Log
  readonly metrics?: XdsMetrics
  readonly clock?: () => Date
}

/** A control plane without its servers: hand it to one as its {@link SessionHost}. */
export interface ControlPlane extends SessionHost, Pick<Receipts, 'convergence' | 'settled'> {
  /** All that is in the store, indexed. */
  readonly fleet: Fleet
  /** Of the last change in the fleet, as the store counts. */
  readonly position: number
  /** Streams of proxies. */
  readonly sessions: ReadonlySet<Session>
  /** How many resources of each type there are, without those that control planes write themselves. */
  resourceCounts(): Iterable<readonly [type: string, count: number]>
  /** What a connected proxy was last given, and as whom it connected. */
  given(proxy: ResourceKey): { readonly snapshot: Snapshot; readonly node: NodeIdentity } | undefined
  /** What of a proxy's configuration could not be built. Undefined: it is not connected. */
  issuesOf(proxy: ResourceKey): readonly Issue[] | undefined
  /** Works proxies out again, for reasons that are not in the store. */
  refresh(proxies: Iterable<ProxyKey>): void
  /** Writes what is left to write. Streams have to be ended before; the store stays open. */
  close(): Promise<void>
}

/**
 * Serves the proxies of a store: reads it, keeps up with it, and tells each proxy what a change means for it as soon as the
 * change is committed.
 */
export async function createControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { store, registry, zone, instanceId, authenticator, identities, workloadIdentities, writer, removalDelayMs } = options
  const providers = { identities, workloadIdentities }
  const { log = silentLog, metrics = noMetrics, clock = () => new Date() } = options
  const now = () => clock().toISOString()
  const insights = createInsightWriter({ store, log, ...options.insights })
  const quiet = createQuietLog({ log, now: () => performance.now() })
  const connections = new Connections({ instanceId, insights, metrics, log, quiet, now })
  const blame = createBlame({ live: () => live, registry, log, pause: () => new Promise((resolve) => setImmediate(resolve)) })
  const tracker = new ConvergenceTracker({
    position: () => live.position,
    isDue: (session) => translator.isDue(session),
    now: () => performance.now(),
    graceMs: options.reconnectMs ?? 30_000,
  })
  const translator = createTranslator({
    connections,
    live: () => live,
    ...providers,
    proxies: options.proxies,
    metrics,
    log,
    onGiven: (session) => tracker.given(session),
  })
  const registration = writer && createRegistration({ store, registry, writer, instanceId, removalDelayMs, log })
  const orphans = options.alone === false ? [] : await insights.endOrphans(now())
  const live: LiveFleet = await openLiveFleet({
    store,
    registry,
    fleet: {
      ...{ digest: nativeDigest, handOutVips: options.leader === undefined, ...options.fleet, zone },
      watched: (proxy) => connections.sessionsOf(proxy).size > 0,
    },
    outside: options.outside,
    onChange,
    onError: (error) => log.error('the store could not be read anew: proxies get no changes', { error: error.message }),
  })
  const addresses = options.leader && createVirtualAddressWriter({ store, leader: options.leader, fleet: () => live.fleet, log, clock })
  const stopAsking = reauthenticate({ store, sessions: connections.sessions, authenticator, log })
  for (const proxy of orphans) tracker.lost(proxy)
  const receipts = createReceipts({ tracker, live: () => live, store })
  const unwatch = [identities, workloadIdentities].map((provider) =>
    provider?.onChange((proxies) => refresh(proxies.map(proxyOfIdentity), live.position)),
  )

  /** Finds out which policies are behind what a proxy refuses, and tells everybody. */
  async function investigate(session: Session, refused: Refused): Promise<void> {
    const { type, name, version } = refused
    const finding = await blame.investigate({
      ...{ proxy: session.node.proxy, type, name, version, ran: tracker.ranUpTo(session) },
      translate: (fleet) => translator.preview(session, fleet),
    })
    if (finding) session.explain(type, finding)
    connections.refused(session, { ...refused, policies: finding?.policies })
    tracker.explained(session)
    connections.rested(session)
  }

  function onChange(update: FleetUpdate): void {
    const { touched, before, changed } = update
    blame.changed(update)
    for (const { key } of changed) {
      if (live.find(key)) continue
      tracker.forget(key)
      connections.forget(key)
    }
    refresh(touched, before)
    addresses?.changed(update)
  }

  /** @param before position of the last change before the reason for it */
  function refresh(proxies: readonly ProxyKey[], before: number): void {
    translator.refresh(proxies)
    for (const proxy of proxies) tracker.touched(connections.sessionsOf(resourceKey(proxy)), before)
    tracker.moved()
  }

  return {
    get fleet() {
      return live.fleet
    },
    get position() {
      return live.position
    },
    sessions: connections.sessions,
    resourceCounts: () => live.counts(),
    given(proxy) {
      for (const session of connections.sessionsOf(proxy)) {
        const snapshot = connections.of(session)?.snapshot
        if (snapshot) return { snapshot, node: session.node }
      }
      return undefined
    },
    convergence: receipts.convergence,
    settled: receipts.settled,
    issuesOf(proxy) {
      const sessions = [...connections.sessionsOf(proxy)]
      return sessions.length === 0 ? undefined : (connections.of(sessions[sessions.length - 1] as Session)?.issues ?? [])
    },
    refresh: (proxies) => refresh([...proxies], live.position),
    async admit(node, credential) {
      const admission = await admitProxy({ live, authenticator, registration }, node, credential)
      return admission.ok ? { ok: true, quarantine: connections.refusedBy(node) } : admission
    },
    joined(session) {
      connections.join(session)
      tracker.joined(session)
      translator.add(session)
    },
    left(session, reason, message) {
      translator.remove(session)
      tracker.left(session)
      connections.leave(session, reason, message)
      const { proxy } = session.node
      const isBack = () => connections.sessionsOf(proxy).size > 0
      if (isBack()) return
      forgetIdentities(proxy, providers, live)
      live.fleet.forget(proxyKey(proxy))
      registration?.gone(proxy, isBack)
    },
    refused(_, reason, message) {
      if (reason === 'ok') return
      metrics.streamRefused(reason)
      quiet.warn('a stream was refused', { reason, message })
    },
    answered(session, type, outcome, rejection) {
      connections.answered(session, type, outcome, rejection)
      if (rejection)
        for (const { name, version } of rejection.resources) void investigate(session, { type, name, version, reason: rejection.reason })
    },
    sent: (...told) => connections.sent(...told),
    rested(session) {
      tracker.rested(session)
      connections.rested(session)
    },
    delivered: (_, ms) => metrics.delivered(ms),
    async close() {
      for (const stop of unwatch) stop?.()
      stopAsking()
      receipts.close()
      live.close()
      registration?.close()
      await addresses?.close()
      await insights.close()
    },
  }
}
