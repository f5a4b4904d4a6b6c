import type { FilterChain } from '../gen/envoy/config/listener/v3/listener_components.js'
import type { RouteConfiguration } from '../gen/envoy/config/route/v3/route.js'
import { ConnectionLimit } from '../gen/envoy/extensions/filters/network/connection_limit/v3/connection_limit.js'
import { Config as DirectResponse } from '../gen/envoy/extensions/filters/network/direct_response/v3/config.js'
import { HttpConnectionManager } from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import { KafkaBroker } from '../gen/envoy/extensions/filters/network/kafka_broker/v3/kafka_broker.js'
import { LocalRateLimit } from '../gen/envoy/extensions/filters/network/local_ratelimit/v3/local_rate_limit.js'
import { RBAC } from '../gen/envoy/extensions/filters/network/rbac/v3/rbac.js'
import { Config as SetFilterState } from '../gen/envoy/extensions/filters/network/set_filter_state/v3/set_filter_state.js'
import { TcpProxy } from '../gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy.js'
import { secondsOf } from './amounts.js'
import type { Connection } from './connection.js'
import { deniedReason } from './http-filters.js'
import { walkHttp } from './http-walk.js'
import { decide } from './rbac.js'
import type { HttpMessage } from './request.js'
import type { Hop } from './result.js'
import type { End, Step } from './step.js'
import { Unevaluated } from './unevaluated.js'
import { unpack } from './unpack.js'

/** Filters that look at connections and change nothing. */
const harmless = new Set([KafkaBroker, ConnectionLimit].map(({ $type }) => `type.googleapis.com/${$type}`))

/** What comes in on a connection, and where the routes are that listeners fetch. */
export interface Incoming {
  readonly connection: Connection
  /** Absent: bytes that are not HTTP. */
  readonly message?: HttpMessage
  routesOf(name: string): RouteConfiguration | undefined
}

/** Walks a connection through the network filters of a chain. */
export function walkNetwork({ filters = [] }: FilterChain, { connection, message, routesOf }: Incoming, start: Hop): Step[] {
  let hop = start
  for (const filter of filters) {
    const any = filter.configType?.$case === 'typedConfig' ? filter.configType.typedConfig : undefined
    const rbac = unpack(RBAC, any)
    const limit = unpack(LocalRateLimit, any)
    const state = unpack(SetFilterState, any)
    const hcm = unpack(HttpConnectionManager, any)
    const tcp = unpack(TcpProxy, any)
    if (rbac) {
      const decision = { level: 'connection' as const, ...decide(rbac, { connection }) }
      hop = { ...hop, permissions: [...hop.permissions, decision] }
      if (!decision.allowed) return [end(hop, 'denied', deniedReason(decision.by))]
    } else if (limit) {
      hop = { ...hop, rateLimits: [...hop.rateLimits, connectionLimit(limit)] }
    } else if (state) {
      remember(state, connection)
    } else if (hcm) {
      if (!message) return [{ ...end(hop, 'failed', 'the listener speaks HTTP, the connection does not'), status: 400 }]
      return walkHttp(hcm, message, connection, routeConfiguration(hcm, routesOf), hop)
    } else if (tcp) {
      return tcpForwards(tcp, message, hop)
    } else if (unpack(DirectResponse, any)) {
      return [end(hop, 'answered', 'the listener answers itself')]
    } else if (!harmless.has(any?.typeUrl ?? '')) {
      throw new Unevaluated(`the network filter "${filter.name}"`)
    }
  }
  return [end(hop, 'failed', 'the filter chain leads nowhere')]
}

function end(hop: Hop, kind: End['kind'], reason: string): End {
  return { kind, probability: 1, reason, hop }
}

function connectionLimit({ tokenBucket }: LocalRateLimit): Hop['rateLimits'][number] {
  return { level: 'connection', requests: tokenBucket?.maxTokens ?? 0, perSeconds: secondsOf(tokenBucket?.fillInterval) ?? 0 }
}

function remember({ onNewConnection = [], onDownstreamTlsHandshake = [] }: SetFilterState, connection: Connection): void {
  for (const { key, value } of [...onNewConnection, ...onDownstreamTlsHandshake] as NonNullable<SetFilterState['onNewConnection']>) {
    const text = formatText(value)
    const filled = formatted(text, connection)
    if (key?.$case === 'objectKey' && filled !== '') connection.filterState.set(key.objectKey, filled)
  }
}

type StateValue = NonNullable<SetFilterState['onDownstreamTlsHandshake']>[number]['value']

function formatText(value: StateValue): string {
  const format = value?.$case === 'formatString' ? value.formatString.format : undefined
  if (format?.$case !== 'textFormatSource' || format.textFormatSource.specifier?.$case !== 'inlineString')
    throw new Unevaluated('filter state from elsewhere')
  return format.textFormatSource.specifier.inlineString
}

function formatted(text: string, { callerUris, tls }: Connection): string {
  if (text === '%DOWNSTREAM_PEER_URI_SAN%') return callerUris.join(',')
  if (text === '%REQUESTED_SERVER_NAME%') return tls?.sni ?? ''
  throw new Unevaluated(`filter state from "${text}"`)
}

function routeConfiguration({ routeSpecifier }: HttpConnectionManager, routesOf: Incoming['routesOf']): RouteConfiguration {
  if (routeSpecifier?.$case === 'routeConfig') return routeSpecifier.routeConfig
  const name = routeSpecifier?.$case === 'rds' ? (routeSpecifier.rds.routeConfigName ?? '') : undefined
  const found = name === undefined ? undefined : routesOf(name)
  if (!found) throw new Unevaluated(`the routes "${name ?? ''}", which the proxy does not get`)
  return found
}

function tcpForwards({ clusterSpecifier, metadataMatch }: TcpProxy, message: HttpMessage | undefined, hop: Hop): Step[] {
  if (!clusterSpecifier) return [end(hop, 'failed', 'the TCP proxy has no cluster')]
  if (clusterSpecifier.$case === 'cluster')
    return [{ kind: 'forward', speaksHttp: false, probability: 1, hop, cluster: clusterSpecifier.cluster, message, metadataMatch }]
  const { clusters = [] } = clusterSpecifier.weightedClusters
  const total = clusters.reduce((sum, { weight = 0 }) => sum + weight, 0)
  return clusters.flatMap(({ name = '', weight = 0, metadataMatch: own }) =>
    weight > 0
      ? [
          {
            kind: 'forward',
            speaksHttp: false,
            probability: weight / total,
            hop,
            cluster: name,
            message,
            metadataMatch: own ?? metadataMatch,
          } as const,
        ]
      : [],
  )
}
