import { TrafficDirection } from '../gen/envoy/config/core/v3/base.js'
import type { Listener } from '../gen/envoy/config/listener/v3/listener.js'
import type { SocketTarget } from './addresses.js'
import type { Connection } from './connection.js'
import { type EndpointShare, endpointShares } from './endpoints.js'
import { chooseChain } from './filter-chain.js'
import { deniedReason } from './http-filters.js'
import { walkNetwork } from './network-walk.js'
import { withOrigins } from './permission-origins.js'
import type { Proxies, SimulatedProxy } from './proxies.js'
import type { HttpMessage } from './request.js'
import type { Arrival, Hop, Outcome } from './result.js'
import type { End, Forward, Step } from './step.js'
import { type ClientTls, clientTls, handshake } from './tls.js'
import { Unevaluated } from './unevaluated.js'

/** A connection on its way to a listener, and what came before. */
export interface Traffic {
  readonly target: SocketTarget
  readonly message?: HttpMessage
  /** What bytes without TLS begin like. */
  readonly begins?: 'http/1.1' | 'h2c'
  readonly tls?: ClientTls
  /** Mesh of the caller. */
  readonly mesh?: string
  readonly hops: readonly Hop[]
  readonly probability: number
}

/** A request never meets more proxies than these: a caller's, the zone proxies of two zones, a callee's. */
const mostHops = 8

/** Everything that may become of a connection that a proxy's listener takes. */
export function takeConnection(proxies: Proxies, proxy: SimulatedProxy, listener: Listener, traffic: Traffic): Outcome[] {
  const start: Hop = { proxy: proxy.key, listener: listener.name ?? '', permissions: [], faults: [], rateLimits: [] }
  return evaluated(traffic, start, () => walkListener(proxies, proxy, listener, traffic, start))
}

/** What isn't simulated ends its own branch only. */
function evaluated({ probability, hops }: Pick<Traffic, 'probability' | 'hops'>, hop: Hop, walk: () => Outcome[]): Outcome[] {
  try {
    return walk()
  } catch (error) {
    if (!(error instanceof Unevaluated)) throw error
    return [{ kind: 'unknown', probability, reason: `this is not simulated: ${error.message}`, hops: [...hops, hop] }]
  }
}

function walkListener(proxies: Proxies, proxy: SimulatedProxy, listener: Listener, traffic: Traffic, start: Hop): Outcome[] {
  const { target, message, tls, begins } = traffic
  const chosen = chooseChain(listener, { ...target, tls, begins })
  if (!chosen)
    return [ended(traffic, { kind: 'failed', probability: 1, reason: 'no filter chain of the listener takes the connection', hop: start })]
  const hop = (listener.filterChains?.length ?? 0) > 1 ? { ...start, filterChain: chosen.index } : start
  const agreed = handshake(chosen.chain, tls, proxy.urisIn(traffic.mesh))
  if (typeof agreed === 'object') return [ended(traffic, { kind: 'denied', probability: 1, reason: agreed.refused, hop })]
  // TLS that the chain doesn't end is bytes to it.
  const through = agreed === 'plain' ? tls : undefined
  const connection: Connection = {
    ...target,
    tls,
    secured: agreed === 'agreed',
    callerUris: agreed === 'agreed' ? (tls?.uris ?? []) : [],
    filterState: new Map(),
  }
  const incoming = { connection, message: through ? undefined : message, routesOf: proxy.routes }
  return walkNetwork(chosen.chain, incoming, hop).flatMap((met) => {
    const step = named(met, proxy, listener, connection.callerUris)
    if (step.kind !== 'forward') return [ended(traffic, step)]
    const onward = through ? { ...step, message } : step
    return evaluated({ ...traffic, probability: traffic.probability * step.probability }, step.hop, () =>
      goOn(proxies, proxy, onward, traffic, { through, local: isInboundOfSidecar(proxy, listener) }),
    )
  })
}

function ended({ hops, probability }: Traffic, { hop, ...end }: End): Outcome {
  return { ...end, probability: probability * end.probability, hops: [...hops, hop] }
}

/** The step with the policies behind its permissions. */
function named<S extends Step>(step: S, proxy: SimulatedProxy, listener: Listener, callerUris: readonly string[]): S {
  const permissions = step.hop.permissions.map((decision) => withOrigins(decision, proxy, listener, callerUris))
  const refusal = permissions.find(({ allowed }) => !allowed)
  return { ...step, hop: { ...step.hop, permissions }, ...(step.kind === 'denied' && refusal && { reason: deniedReason(refusal.by) }) }
}

interface Onward {
  /** TLS that the chain let through. */
  readonly through: ClientTls | undefined
  /** What comes next is the application behind the proxy. */
  readonly local: boolean
}

/** Inbounds of a sidecar lead to its application; those of gateways and zone proxies to other proxies. */
function isInboundOfSidecar({ dataplane }: SimulatedProxy, { trafficDirection }: Listener): boolean {
  return dataplane !== undefined && dataplane.spec.networking?.gateway === undefined && trafficDirection === TrafficDirection.INBOUND
}

/** From a cluster to its endpoints, and to the proxies behind them. */
function goOn(proxies: Proxies, proxy: SimulatedProxy, step: Forward, traffic: Traffic, { through, local }: Onward): Outcome[] {
  const hop: Hop = { ...step.hop, cluster: step.cluster }
  const fail = (reason: string) => [
    ended(traffic, { kind: 'failed', probability: step.probability, reason, status: step.speaksHttp ? 503 : undefined, hop }),
  ]
  const cluster = proxy.cluster(step.cluster)
  if (!cluster) return fail(`there is no cluster "${step.cluster}"`)
  const shares = endpointShares(cluster, proxy.endpoints(step.cluster), traffic.target, step.metadataMatch)
  if (shares.length === 0) return fail(`cluster "${step.cluster}" has no endpoint`)
  const mesh = proxy.key.mesh ?? traffic.mesh
  return shares.flatMap((endpoint) => {
    const next = local ? undefined : proxies.at(endpoint, mesh)
    const message = step.message && step.autoHost && endpoint.hostname ? { ...step.message, authority: endpoint.hostname } : step.message
    const probability = traffic.probability * step.probability * endpoint.share
    const hops = [...traffic.hops, { ...hop, endpoint: taken(endpoint, next?.proxy) }]
    if (!next) return [delivered(endpoint, message, hops, probability)]
    if (hops.length >= mostHops) throw new Unevaluated('a request that goes round in circles')
    const tls = clientTls(cluster, endpoint.metadata, proxy.urisIn(mesh)) ?? through
    const outcomes = takeConnection(next.zone, next.proxy, next.listener, {
      target: endpoint,
      message,
      begins: message && 'http/1.1',
      tls,
      mesh,
      hops,
      probability,
    })
    return step.speaksHttp ? outcomes.map(seenByHttp) : outcomes
  })
}

/** A callee that ends the connection makes a proxy that speaks HTTP answer 503. */
function seenByHttp(outcome: Outcome): Outcome {
  const closed = (outcome.kind === 'denied' || outcome.kind === 'failed') && outcome.status === undefined
  return closed ? { ...outcome, status: 503 } : outcome
}

function taken({ address, port, priority, zone, metadata }: EndpointShare, proxy: SimulatedProxy | undefined): Hop['endpoint'] {
  const tags = (metadata?.filterMetadata?.['envoy.lb'] ?? {}) as Record<string, string>
  return { address, port, priority, ...(zone && { zone }), tags, ...(proxy && { proxy: proxy.key }) }
}

function delivered({ address, port }: EndpointShare, message: HttpMessage | undefined, hops: readonly Hop[], probability: number): Outcome {
  const request = message && {
    method: message.method,
    path: message.path,
    authority: message.authority,
    headers: Object.fromEntries(message.headers),
  }
  const arrives: Arrival = { address, port, ...(request && { request }) }
  return { kind: 'delivered', probability, reason: `${address}:${port} gets it`, hops, arrives }
}
