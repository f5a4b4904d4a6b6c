import type { ClusterDraft, FilterChainDraft, OutboundDraft } from '../../draft.js'
import { httpOptionsOf } from '../../envoy/cluster.js'
import { duration, seconds } from '../../envoy/duration.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import { type GatewayPolicies, gatewayPolicies } from '../../gateway/connection-policies.js'
import { type Protocol, isHttp } from '../../protocol.js'
import type { ProxyContext } from '../../proxy.js'
import { outboundPolicies } from '../../source-destination.js'
import type { TimeoutConf, TimeoutSpec } from './schema.js'

export interface MatchedTimeouts {
  confOf(service: string): TimeoutConf | undefined
  readonly gateway: GatewayPolicies<TimeoutSpec>
}

export function match({ mesh, tagSets }: ProxyContext): MatchedTimeouts | undefined {
  const timeouts = mesh.resourcesOf<TimeoutSpec>('Timeout')
  if (timeouts.length === 0) return undefined
  const policyOf = outboundPolicies(timeouts, tagSets)
  return { confOf: (service) => policyOf(service)?.spec.conf, gateway: gatewayPolicies(timeouts) }
}

const orNone = (text: string | undefined) => (text === undefined ? seconds(0) : duration(text))

/** What the policy leaves open has no limit. */
export function outbound({ confOf }: MatchedTimeouts, { outbound, protocol, listener, connection }: OutboundDraft): void {
  const conf = connection && confOf(outbound.service)
  if (!conf) return
  for (const chain of listener.chains) {
    if (chain.tcpProxy) chain.tcpProxy.idleTimeout = orNone(conf.tcp?.idleTimeout)
    if (chain.hcm) configureHttp(conf, protocol, chain)
  }
}

function configureHttp({ http, grpc }: TimeoutConf, protocol: Protocol, { hcm, route }: FilterChainDraft): void {
  for (const { action } of route?.virtualHosts?.flatMap(({ routes = [] }) => routes) ?? []) {
    if (action?.$case === 'route') action.route.timeout = orNone(http?.requestTimeout)
  }
  if (!hcm) return
  hcm.commonHttpProtocolOptions = { ...hcm.commonHttpProtocolOptions, idleTimeout: orNone(http?.idleTimeout) }
  hcm.streamIdleTimeout = orNone(http?.streamIdleTimeout ?? (protocol === 'grpc' ? grpc?.streamIdleTimeout : undefined))
}

/** Clusters go by the policy of the outbound that leads to them. */
export function cluster({ confOf }: MatchedTimeouts, draft: ClusterDraft): void {
  const conf = draft.connection && confOf(draft.connection.outbound.service)
  if (conf) configureCluster(conf, draft)
}

/** Routes are limited only where the policy says how long a request may take. */
export function gateway({ gateway }: MatchedTimeouts, { clusters, routes }: GatewayDraft): void {
  for (const { cluster, host, backend } of clusters) {
    const conf = backend.resource === undefined ? gateway.ofBackend(host, backend)?.spec.conf : undefined
    if (conf) configureCluster(conf, cluster)
  }
  for (const { message, host, entry } of routes) {
    const conf = gateway.ofRoute((entry?.forward ?? []).map((backend) => ({ host, backend })))?.spec.conf
    const timeout = longerThanZero(conf?.http?.requestTimeout)
    if (timeout && message.action?.$case === 'route') message.action.route.timeout = timeout
  }
}

function configureCluster(conf: TimeoutConf, draft: ClusterDraft): void {
  if (conf.connectTimeout !== undefined) draft.message.connectTimeout = duration(conf.connectTimeout)
  if (!isHttp(draft.protocol)) return
  const options = httpOptionsOf(draft)
  options.commonHttpProtocolOptions = { ...options.commonHttpProtocolOptions, idleTimeout: orNone(conf.http?.idleTimeout) }
  const maxStreamDuration =
    longerThanZero(conf.http?.maxStreamDuration) ?? (draft.protocol === 'grpc' ? longerThanZero(conf.grpc?.maxStreamDuration) : undefined)
  if (maxStreamDuration) options.commonHttpProtocolOptions.maxStreamDuration = maxStreamDuration
}

function longerThanZero(text: string | undefined) {
  const value = text === undefined ? undefined : duration(text)
  return value?.seconds || value?.nanos ? value : undefined
}
