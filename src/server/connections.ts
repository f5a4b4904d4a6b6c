import type { Issue } from '../core/issue.js'
import { type ResourceKey, keyOf } from '../core/resource.js'
import { sameValue } from '../core/same-value.js'
import { type ResourceTypeName, type Snapshot, resourceTypes } from '../translate/snapshot.js'
import type { ProxyOptions } from '../translate/translate.js'
import { describe } from './admission.js'
import type { Refused } from './caught-up.js'
import type { Outcome, Rejection } from './delivery.js'
import {
  type CertificateFacts,
  type DiscoverySubscription,
  type StreamEvent,
  newSubscription,
  reduceSubscription,
  versionIn,
} from './insight.js'
import type { InsightWriter } from './insight-writer.js'
import type { Log } from './log.js'
import type { NodeIdentity } from './node.js'
import type { QuietLog } from './quiet-log.js'
import { endTrial, isClear } from './quarantine.js'
import type { EndReason, Quarantines, Session } from './session-host.js'
import { perType } from './stream-state.js'
import type { XdsMetrics } from './xds-metrics.js'

export interface ConnectionsOptions {
  readonly instanceId: string
  readonly insights: Pick<InsightWriter, 'note'>
  readonly metrics: XdsMetrics
  readonly log: Log
  /** For what clients can bring about again and again. */
  readonly quiet: QuietLog
  /** RFC 3339. */
  readonly now: () => string
}

/** What is known of one stream beside the stream itself. */
export interface Connection {
  readonly session: Session
  subscription: DiscoverySubscription
  /** What the proxy was last given. */
  snapshot?: Snapshot
  /** What the proxy proves itself with, once it has taken that. */
  certificate?: CertificateFacts | 'none'
  /** What it was given last to prove itself with. */
  offered?: CertificateFacts | 'none'
  /** What it was translated with. */
  translatedWith?: ProxyOptions
  /** What it refuses, for its insight. */
  refusals: readonly Refused[]
  /** What could not be built. */
  issues: readonly Issue[]
}

/** The proxies that are connected: who they are, what they were given, and what becomes of it, for insights, metrics and log. */
export class Connections {
  readonly sessions = new Set<Session>()
  private readonly known = new Map<Session, Connection>()
  private readonly byProxy = new Map<string, Set<Session>>()
  /** What proxies refused, for when they come back. */
  private readonly refusals = new Map<string, { readonly envoy: string; readonly quarantines: Quarantines }>()

  constructor(private readonly options: ConnectionsOptions) {}

  of(session: Session): Connection | undefined {
    return this.known.get(session)
  }

  sessionsOf(proxy: ResourceKey): ReadonlySet<Session> {
    return this.byProxy.get(keyOf(proxy)) ?? nobody
  }

  /** What the proxy refused on earlier streams; another Envoy may take it. */
  refusedBy({ proxy, metadata }: NodeIdentity): Quarantines | undefined {
    const known = this.refusals.get(keyOf(proxy))
    return known?.envoy === envoyIn(metadata) ? known?.quarantines : undefined
  }

  /** The proxy is not there any more. */
  forget(proxy: ResourceKey): void {
    this.refusals.delete(keyOf(proxy))
  }

  join(session: Session): void {
    const { instanceId, metrics, log, now } = this.options
    const { proxy, metadata } = session.node
    const id = `${instanceId}-${session.id}`
    const subscription = newSubscription({ id, controlPlaneInstanceId: instanceId, at: now(), metadata })
    this.sessions.add(session)
    this.known.set(session, { session, subscription, refusals: [], issues: [] })
    this.byProxy.set(keyOf(proxy), new Set([...this.sessionsOf(proxy), session]))
    metrics.streamOpened()
    metrics.clientVersion(versionOf(subscription), 1)
    log.info(`${describe(proxy)} has connected`, { protocol: session.protocol, version: versionOf(subscription) })
    this.note(session, true)
  }

  leave(session: Session, reason: EndReason, message: string): void {
    const { metrics, log, quiet, now } = this.options
    const { proxy } = session.node
    const key = keyOf(proxy)
    this.event(session, { kind: 'disconnected', at: now() }, true)
    const connection = this.known.get(session)
    this.sessions.delete(session)
    this.known.delete(session)
    const others = [...this.sessionsOf(proxy)].filter((other) => other !== session)
    if (others.length > 0) this.byProxy.set(key, new Set(others))
    else this.byProxy.delete(key)
    this.remember(session)
    metrics.streamClosed()
    if (connection && connection.issues.length > 0) metrics.proxyWithIssues(-1)
    if (connection) metrics.clientVersion(versionOf(connection.subscription), -1)
    if (reason === 'ok') return log.info(`${describe(proxy)} has gone`)
    metrics.streamRefused(reason)
    if (reason === 'unavailable') return log.info(`the stream of ${describe(proxy)} was ended`, { reason, message })
    quiet.warn(`the stream of ${describe(proxy)} was ended`, { reason, message })
  }

  answered(session: Session, type: ResourceTypeName, outcome: Outcome, rejection: Rejection | undefined): void {
    const { metrics, log, now } = this.options
    if (rejection?.resources.length === 0) {
      log.debug(`${describe(session.node.proxy)} refuses something: what it is, is being found out`, { type, reason: rejection.reason })
    }
    if (outcome !== 'acknowledged' && outcome !== 'rejected') return
    metrics.requestAnswered(type, outcome === 'acknowledged' ? 'ACK' : 'NACK')
    this.event(session, { kind: outcome, type, at: now() }, false)
  }

  /** Says what a proxy refuses, once it is known which policies are behind it. */
  refused(session: Session, { type, name, reason, policies = [] }: Refused): void {
    const { metrics, log } = this.options
    metrics.resourceRefused(type, policies[0]?.type ?? '')
    log.warn(`${describe(session.node.proxy)} refuses configuration`, { type, resource: name, reason, policies: policies.map(describe) })
  }

  /** Has the insight tell what the proxy refuses, where that is not what it tells already. */
  rested(session: Session): void {
    const connection = this.known.get(session)
    if (!connection) return
    this.takeOffered(connection)
    const { refused } = session
    if (refused.length === 0 && connection.refusals.length === 0) return
    if (JSON.stringify(refused) === JSON.stringify(connection.refusals)) return
    connection.refusals = refused
    this.note(session, false)
  }

  sent(session: Session, type: ResourceTypeName, bytes: number): void {
    this.options.metrics.responseSent(type, bytes)
    if (bytes > usualClientLimit) {
      const why = 'gRPC clients with the usual limit of 4 MiB can not read it. Envoy has none; fewer outbounds or delta make it smaller'
      this.options.quiet.warn(`what ${describe(session.node.proxy)} gets is large`, { type, mebibytes: Math.ceil(bytes / (1 << 20)), why })
    }
    this.event(session, { kind: 'sent', type, at: this.options.now() }, false)
  }

  /** A certificate, or none, goes with what the proxy was just given. It counts once the proxy has taken all of that. */
  offered(connection: Connection, certificate: CertificateFacts | 'none'): void {
    connection.offered = certificate
    this.takeOffered(connection)
  }

  /** Says what could not be built, when that is something new. */
  report(connection: Connection, found: readonly Issue[]): void {
    const issues = found.map(plain)
    if (sameValue(issues, connection.issues)) return
    const had = connection.issues.length > 0
    connection.issues = issues
    if (had !== issues.length > 0) this.options.metrics.proxyWithIssues(had ? -1 : 1)
    const what = `part of what ${describe(connection.session.node.proxy)} gets could not be built`
    if (issues.length > 0) this.options.log.warn(what, { problems: issues.map(textOf) })
    else this.options.log.info(`all that ${describe(connection.session.node.proxy)} gets can be built again`)
  }

  private takeOffered(connection: Connection): void {
    const { session, offered, certificate } = connection
    if (offered === undefined || sameValue(offered, certificate) || !session.caughtUp) return
    connection.certificate = offered
    // Others wait for the first, not for those that renew it.
    this.note(session, certificate === undefined || certificate === 'none')
  }

  private event(session: Session, event: StreamEvent, urgent: boolean): void {
    const connection = this.known.get(session)
    if (!connection) return
    connection.subscription = reduceSubscription(connection.subscription, event)
    this.note(session, urgent)
  }

  private note(session: Session, urgent: boolean): void {
    const connection = this.known.get(session)
    if (!connection) return
    const { subscription, certificate, refusals } = connection
    const { proxy, metadata } = session.node
    this.options.insights.note({ proxy, metadata, subscription, certificate, refusals }, urgent)
  }

  private remember({ node, quarantines }: Session): void {
    const key = keyOf(node.proxy)
    const nothing = resourceTypes.every(({ name }) => isClear(quarantines[name]) && quarantines[name].past.length === 0)
    if (nothing) this.refusals.delete(key)
    else this.refusals.set(key, { envoy: envoyIn(node.metadata), quarantines: perType((type) => endTrial(quarantines[type])) })
  }
}

/** What gRPC clients read at most in one message, where nobody tells them otherwise. */
const usualClientLimit = 4 << 20

const nobody: ReadonlySet<Session> = new Set()
const envoyIn = (metadata: NodeIdentity['metadata']) => versionIn(metadata).envoy?.version ?? ''
const versionOf = ({ version }: DiscoverySubscription) => version?.kumaDp?.version ?? ''

/** Without what a resource holds: that changes though the issue stays the same. */
const plain = ({ resource, ...issue }: Issue): Issue => (resource ? { ...issue, resource: keyWithin(resource) } : issue)

const keyWithin = ({ type, mesh, name }: ResourceKey): ResourceKey => (mesh === undefined ? { type, name } : { type, mesh, name })

const textOf = ({ resource, path, message }: Issue) =>
  [resource && `${resource.type} "${resource.name}"`, path, message].filter((part) => part).join(': ')
