import type { DataplaneInsightSpec } from '../core/kinds/dataplane-insight.js'
import type { Refused } from './caught-up.js'
import type { ResourceTypeName } from '../translate/snapshot.js'

/** One stream of a proxy, as its insight tells it. Source: dataplane_insight.proto. */
export type DiscoverySubscription = NonNullable<DataplaneInsightSpec['subscriptions']>[number]

/** What happens on a proxy's stream, as far as its insight tells. `at`: RFC 3339. */
export type StreamEvent =
  | { readonly kind: 'sent' | 'acknowledged' | 'rejected'; readonly type: ResourceTypeName; readonly at: string }
  | { readonly kind: 'disconnected'; readonly at: string }

/** A stream that has just begun. */
export interface Connection {
  readonly id: string
  readonly controlPlaneInstanceId: string
  readonly at: string
  /** The node's; its `version` says which kuma-dp and which Envoy it is. */
  readonly metadata: Readonly<Record<string, unknown>>
}

/** A proxy's certificate, for its insight. Times: RFC 3339. */
export interface CertificateFacts {
  readonly issuedAt: string
  readonly expiresAt: string
  readonly issuedBackend: string
  readonly supportedBackends: readonly string[]
}

type Status = NonNullable<DiscoverySubscription['status']>
type Stats = NonNullable<Status['total']>

/** The types that Kuma counts one by one; the others count in the total only. */
const counted: Partial<Record<ResourceTypeName, 'cds' | 'eds' | 'lds' | 'rds'>> = {
  clusters: 'cds',
  endpoints: 'eds',
  listeners: 'lds',
  routes: 'rds',
}

const fieldOf = { sent: 'responsesSent', acknowledged: 'responsesAcknowledged', rejected: 'responsesRejected' } as const

export function newSubscription({ id, controlPlaneInstanceId, at, metadata }: Connection): DiscoverySubscription {
  return {
    id,
    controlPlaneInstanceId,
    connectTime: at,
    status: { lastUpdateTime: at, total: {}, cds: {}, eds: {}, lds: {}, rds: {} },
    version: versionIn(metadata),
  }
}

export function reduceSubscription(before: DiscoverySubscription, event: StreamEvent): DiscoverySubscription {
  if (event.kind === 'disconnected') return { ...before, disconnectTime: event.at }
  const field = fieldOf[event.kind]
  const more = (stats: Stats | undefined): Stats => ({ ...stats, [field]: (stats?.[field] ?? 0) + 1 })
  const own = counted[event.type]
  const status: Status = { ...before.status, lastUpdateTime: event.at, total: more(before.status?.total) }
  return { ...before, status: own ? { ...status, [own]: more(status[own]) } : status }
}

/**
 * The insight with the subscription in it: in its place, or as the newest. A newer one ends those that are still open: who
 * kept them did not get to say so. At most `limit` are kept, the newest; 0: all.
 */
export function withSubscription(insight: DataplaneInsightSpec, subscription: DiscoverySubscription, limit: number): DataplaneInsightSpec {
  const known = insight.subscriptions ?? []
  if (known.some(({ id }) => id === subscription.id)) {
    return { ...insight, subscriptions: known.map((s) => (s.id === subscription.id ? subscription : s)) }
  }
  const ended = known.map((s) => (s.disconnectTime === undefined ? { ...s, disconnectTime: subscription.connectTime } : s))
  return { ...insight, subscriptions: [...ended, subscription].slice(-limit || undefined) }
}

/** The insight after a control plane that was alone has stopped without saying so: nothing is connected. Undefined: as it was. */
export function withoutOpenSubscriptions(insight: DataplaneInsightSpec, at: string): DataplaneInsightSpec | undefined {
  const subscriptions = insight.subscriptions ?? []
  if (subscriptions.every(({ disconnectTime }) => disconnectTime !== undefined)) return undefined
  return { ...insight, subscriptions: subscriptions.map((s) => ({ ...s, disconnectTime: s.disconnectTime ?? at })) }
}

/** The insight with the proxy's certificate, or with none; as it was where that is not known. */
export function withCertificate(insight: DataplaneInsightSpec, facts: CertificateFacts | 'none' | undefined): DataplaneInsightSpec {
  const { mTLS: before, ...rest } = insight
  if (facts === undefined) return insight
  if (facts === 'none') return rest
  const { issuedAt, expiresAt, issuedBackend } = facts
  const supportedBackends = [...facts.supportedBackends]
  const same =
    before?.certificateExpirationTime === expiresAt &&
    before.issuedBackend === issuedBackend &&
    before.supportedBackends?.join() === supportedBackends.join()
  if (same) return insight
  const mTLS = {
    certificateExpirationTime: expiresAt,
    lastCertificateRegeneration: issuedAt,
    certificateRegenerations: (before?.certificateRegenerations ?? 0) + 1,
    issuedBackend,
    supportedBackends,
  }
  return { ...rest, mTLS }
}

/** The insight with what the proxy refuses of its configuration now. */
export function withRefusals(insight: DataplaneInsightSpec, refused: readonly Refused[]): DataplaneInsightSpec {
  const { refusals: _, ...rest } = insight
  if (refused.length === 0) return rest
  const refusals = refused.map(({ type, name, reason, policies = [] }) => ({
    type,
    name,
    reason,
    policies: policies.map(({ type: kind, mesh = '', name: policy }) => ({ type: kind, mesh, name: policy })),
  }))
  return { ...rest, refusals }
}

type Version = NonNullable<DiscoverySubscription['version']>

/** Whatever doesn't have the expected shape counts as not said. */
export function versionIn(metadata: Readonly<Record<string, unknown>>): Version {
  const told = record(metadata['version'])
  return {
    kumaDp: picked(record(told['kumaDp']), {
      version: 'string',
      gitTag: 'string',
      gitCommit: 'string',
      buildDate: 'string',
      kumaCpCompatible: 'boolean',
    }),
    envoy: picked(record(told['envoy']), { version: 'string', build: 'string', kumaDpCompatible: 'boolean' }),
    dependencies: Object.fromEntries(Object.entries(record(told['dependencies'])).filter(([, v]) => typeof v === 'string')) as Record<
      string,
      string
    >,
  }
}

function picked(from: Record<string, unknown>, types: Readonly<Record<string, 'string' | 'boolean'>>): Record<string, never> {
  return Object.fromEntries(
    Object.entries(types).flatMap(([name, type]) => (typeof from[name] === type ? [[name, from[name]]] : [])),
  ) as Record<string, never>
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {}
}
