import type { HeaderMatcher, RetryPolicy } from '../../../gen/envoy/config/route/v3/route_components.js'
import type { OutboundDraft } from '../../draft.js'
import { duration } from '../../envoy/duration.js'
import { exactly } from '../../envoy/tls.js'
import { type GatewayPolicies, gatewayPolicies } from '../../gateway/connection-policies.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import type { Protocol } from '../../protocol.js'
import type { ProxyContext } from '../../proxy.js'
import { outboundPolicies } from '../../source-destination.js'
import type { GrpcRetry, HttpRetry, RetryConf, RetrySpec } from './schema.js'

export interface MatchedRetries {
  confOf(service: string): RetryConf | undefined
  readonly gateway: GatewayPolicies<RetrySpec>
}

export function match({ mesh, tagSets }: ProxyContext): MatchedRetries | undefined {
  const retries = mesh.resourcesOf<RetrySpec>('Retry')
  if (retries.length === 0) return undefined
  const policyOf = outboundPolicies(retries, tagSets)
  return { confOf: (service) => policyOf(service)?.spec.conf, gateway: gatewayPolicies(retries) }
}

export function outbound({ confOf }: MatchedRetries, { outbound, protocol, listener, connection }: OutboundDraft): void {
  const conf = connection?.isDestination ? confOf(outbound.service) : undefined
  if (!conf) return
  const retryPolicy = retryPolicyOf(conf, protocol)
  for (const { route, tcpProxy } of listener.chains) {
    for (const virtualHost of route?.virtualHosts ?? []) virtualHost.retryPolicy = retryPolicy
    if (tcpProxy && conf.tcp) tcpProxy.maxConnectAttempts = conf.tcp.maxConnectAttempts ?? 0
  }
}

/** Gateways retry all requests as HTTP, whatever the backends speak. */
export function gateway({ gateway }: MatchedRetries, { envoyListener, routes, clusters }: GatewayDraft): void {
  for (const { message, host, entry } of routes) {
    const conf = gateway.ofRoute((entry?.forward ?? []).map((backend) => ({ host, backend })))?.spec.conf
    if (conf && message.action?.$case === 'route') message.action.route.retryPolicy = retryPolicyOf(conf, 'http')
  }
  const tcp = gateway.ofRoute(clusters)?.spec.conf?.tcp
  for (const { tcpProxy } of envoyListener.chains) if (tcpProxy && tcp) tcpProxy.maxConnectAttempts = tcp.maxConnectAttempts ?? 0
}

/** HTTP/2 has no section of its own and is not retried. */
function retryPolicyOf({ http, grpc }: RetryConf, protocol: Protocol): RetryPolicy | undefined {
  if (protocol === 'http') return http && httpRetryPolicy(http)
  if (protocol === 'grpc') return grpc && { ...commonRetryPolicy(grpc), retryOn: grpcRetryOn(grpc) }
  return undefined
}

function commonRetryPolicy({ numRetries, perTryTimeout, backOff }: HttpRetry | GrpcRetry): RetryPolicy {
  const optional = (text: string | undefined) => (text === undefined ? undefined : duration(text))
  return {
    numRetries,
    perTryTimeout: optional(perTryTimeout),
    retryBackOff: backOff && { baseInterval: optional(backOff.baseInterval), maxInterval: optional(backOff.maxInterval) },
  }
}

function httpRetryPolicy(conf: HttpRetry): RetryPolicy {
  const { retriableStatusCodes, retriableMethods = [] } = conf
  const headers = retriableMethods.filter((method) => method !== 'NONE').map(methodMatcher)
  return {
    ...commonRetryPolicy(conf),
    retryOn: httpRetryOn(conf).join(','),
    retriableStatusCodes: retriableStatusCodes && [...retriableStatusCodes],
    retriableRequestHeaders: headers.length > 0 ? headers : undefined,
  }
}

const defaultHttpRetryOn = ['gateway-error', 'connect-failure', 'refused-stream']
const byStatusCode = 'retriable-status-codes'

/** Status codes alone say that they are to be retried. */
function httpRetryOn({ retryOn, retriableStatusCodes }: HttpRetry): string[] {
  const chosen = retryOn?.length ? retryOn.map(envoyName) : defaultHttpRetryOn
  return retriableStatusCodes && !chosen.includes(byStatusCode) ? [...chosen, byStatusCode] : chosen
}

const defaultGrpcRetryOn = 'cancelled,connect-failure,gateway-error,refused-stream,reset,resource-exhausted,unavailable'

function grpcRetryOn({ retryOn }: GrpcRetry): string {
  return retryOn?.length ? retryOn.map(envoyName).join(',') : defaultGrpcRetryOn
}

/** Names of protobuf enums may hold no hyphens and not start with a digit. */
const envoyName = (name: string) => (name === 'all_5xx' ? '5xx' : name.replaceAll('_', '-'))

function methodMatcher(method: string): HeaderMatcher {
  return { name: ':method', headerMatchSpecifier: { $case: 'stringMatch', stringMatch: exactly(method) } }
}
