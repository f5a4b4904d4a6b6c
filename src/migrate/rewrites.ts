import type { CircuitBreakerConf } from '../translate/policies/circuit-breaker/schema.js'
import type { FaultInjectionConf } from '../translate/policies/fault-injection/schema.js'
import type { HealthCheckConf } from '../translate/policies/health-check/schema.js'
import type { HttpRateLimit } from '../translate/policies/rate-limit/schema.js'
import type { RetryConf } from '../translate/policies/retry/schema.js'
import type { TimeoutConf } from '../translate/policies/timeout/schema.js'
import type { RouteConf } from '../translate/policies/traffic-route/schema.js'
import type { Resource } from '../core/resource.js'
import { tag } from '../translate/tags.js'
import {
  NotExpressible,
  type Rewrite,
  type Rewriting,
  type Surroundings,
  type SourceDestination,
  backendRef,
  incoming,
  numbered,
  outgoing,
  proxiesRef,
  section,
  serviceRef,
} from './rewriting.js'

type Spec<Conf> = Resource<SourceDestination<Conf>>

const trafficPermission = ({ spec }: Spec<never>): Rewriting => incoming('MeshTrafficPermission', spec, { action: 'Allow' })

const timeout = ({ spec }: Spec<TimeoutConf>): Rewriting => {
  const { connectTimeout, tcp, http, grpc } = spec.conf ?? {}
  const conf = {
    connectionTimeout: connectTimeout,
    idleTimeout: http?.idleTimeout ?? tcp?.idleTimeout,
    http: section({
      requestTimeout: http?.requestTimeout,
      streamIdleTimeout: http?.streamIdleTimeout ?? grpc?.streamIdleTimeout,
      maxStreamDuration: http?.maxStreamDuration ?? grpc?.maxStreamDuration,
    }),
  }
  return outgoing('MeshTimeout', spec, section(conf) ?? {})
}

const httpConditions: Readonly<Record<string, string>> = {
  all_5xx: '5xx',
  gateway_error: 'GatewayError',
  reset: 'Reset',
  connect_failure: 'ConnectFailure',
  envoy_ratelimited: 'EnvoyRatelimited',
  retriable_4xx: 'Retriable4xx',
  refused_stream: 'RefusedStream',
  http3_post_connect_failure: 'Http3PostConnectFailure',
}

const grpcConditions: Readonly<Record<string, string>> = {
  cancelled: 'Canceled',
  deadline_exceeded: 'DeadlineExceeded',
  internal: 'Internal',
  resource_exhausted: 'ResourceExhausted',
  unavailable: 'Unavailable',
}

const methodName = (method: string) => `HttpMethod${method.charAt(0)}${method.slice(1).toLowerCase()}`

const retry = ({ spec }: Spec<RetryConf>): Rewriting => {
  const { http, tcp, grpc } = spec.conf ?? {}
  const common = ({ numRetries, perTryTimeout, backOff }: NonNullable<RetryConf['http'] | RetryConf['grpc']>) => ({
    numRetries,
    perTryTimeout,
    backOff: backOff && section({ ...backOff }),
  })
  // Status codes stand in the list itself; the old name for "those" has no use there.
  const conditions = http?.retryOn?.filter((name) => name !== 'retriable_status_codes').map((name) => named(httpConditions, name))
  const defaults = ['GatewayError', 'ConnectFailure', 'RefusedStream']
  const methods = http?.retriableMethods?.filter((method) => method !== 'NONE').map(methodName) ?? []
  const codes = http?.retriableStatusCodes?.map(String) ?? []
  const chosen = conditions?.length ? conditions : defaults
  const conf = {
    http: http && section({ ...common(http), retryOn: [...chosen, ...methods, ...codes] }),
    tcp: tcp && section({ maxConnectAttempt: tcp.maxConnectAttempts }),
    grpc:
      grpc &&
      section({ ...common(grpc), retryOn: grpc.retryOn?.length ? grpc.retryOn.map((name) => named(grpcConditions, name)) : undefined }),
  }
  return outgoing('MeshRetry', spec, section(conf) ?? {})
}

function named(names: Readonly<Record<string, string>>, name: string): string {
  const found = names[name]
  if (found === undefined) throw new NotExpressible(`MeshRetry has no condition "${name}"`)
  return found
}

const circuitBreaker = ({ spec }: Spec<CircuitBreakerConf>): Rewriting => {
  const { thresholds, detectors, interval, baseEjectionTime, maxEjectionPercent, splitExternalAndLocalErrors } = spec.conf ?? {}
  const { totalErrors, gatewayErrors, localErrors, standardDeviation, failure } = detectors ?? {}
  const deviation = standardDeviation && {
    ...standardDeviation,
    factor: undefined,
    standardDeviationFactor: numberText(standardDeviation.factor),
  }
  const conf = {
    connectionLimits: thresholds && section({ ...thresholds }),
    outlierDetection:
      detectors &&
      section({
        interval,
        baseEjectionTime,
        maxEjectionPercent,
        splitExternalAndLocalErrors,
        detectors: section({
          totalFailures: totalErrors,
          gatewayFailures: gatewayErrors,
          localOriginFailures: localErrors,
          successRate: deviation && section(deviation),
          failurePercentage: failure,
        }),
      }),
  }
  return outgoing('MeshCircuitBreaker', spec, section(conf) ?? {})
}

/** Fractions are written as texts. */
function numberText(value: number | undefined): number | string | undefined {
  return value === undefined || Number.isInteger(value) ? value : String(value)
}

const healthCheck = ({ spec }: Spec<HealthCheckConf>): Rewriting => {
  const { http, tcp, healthyPanicThreshold, ...others } = spec.conf ?? {}
  const headers = http?.requestHeadersToAdd?.map(({ header, append }) => ({
    name: header?.key,
    value: header?.value,
    append: append !== false,
  }))
  const plain = (append: boolean) => headers?.filter((one) => one.append === append).map(({ name, value }) => ({ name, value }))
  const conf = {
    ...others,
    healthyPanicThreshold: numberText(healthyPanicThreshold),
    // Without either, the old policy probes by connecting.
    tcp: http && !tcp ? undefined : (section({ ...tcp }) ?? {}),
    http:
      http &&
      section({
        path: http.path || '/',
        requestHeadersToAdd: headers && section({ set: nonEmpty(plain(false)), add: nonEmpty(plain(true)) }),
        expectedStatuses: http.expectedStatuses,
      }),
  }
  return outgoing('MeshHealthCheck', spec, section(conf) ?? {})
}

function nonEmpty<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list && list.length > 0 ? list : undefined
}

const faultInjection = ({ spec }: Spec<FaultInjectionConf>): Rewriting => {
  const { delay, abort, responseBandwidth } = spec.conf ?? {}
  const part = <T extends { readonly percentage?: number }>(fault: T | undefined) =>
    fault && { ...fault, percentage: numberText(fault.percentage ?? 0) }
  const http = section({ delay: part(delay), abort: part(abort), responseBandwidth: part(responseBandwidth) })
  return incoming('MeshFaultInjection', spec, { http: http ? [http] : [] }, { sidecarsOnly: true })
}

const rateLimit = ({ spec }: Spec<{ readonly http?: HttpRateLimit }>): Rewriting => {
  const { requests, interval, onRateLimit } = spec.conf?.http ?? {}
  const { sources = [] } = spec
  if (sources.some((source) => JSON.stringify(proxiesRef(source)) !== JSON.stringify({ kind: 'Mesh' })))
    return { reason: 'MeshRateLimit has no limits for clients by their tags' }
  const headers = (append: boolean) =>
    nonEmpty(onRateLimit?.headers?.filter((header) => (header.append === true) === append).map(({ key, value }) => ({ name: key, value })))
  const answer = section({ status: onRateLimit?.status, headers: section({ set: headers(false), add: headers(true) }) })
  const http = section({ requestRate: { num: requests, interval }, onRateLimit: answer })
  return incoming('MeshRateLimit', { ...spec, sources: [{}] }, { local: { http } }, { sidecarsOnly: true })
}

const trafficRoute = ({ spec }: Spec<RouteConf>, { isHttp }: Surroundings): Rewriting => {
  const { conf, destinations = [], sources = [] } = spec
  if (conf?.http?.length) return { reason: 'its HTTP routes have to be written as a MeshHTTPRoute by hand' }
  if (conf?.loadBalancer) return { reason: 'its load balancer has to be written as a MeshLoadBalancingStrategy by hand' }
  const parts = conf?.split?.length ? conf.split : [{ destination: conf?.destination }]
  // Each service to itself: that is what proxies do without any route.
  if (parts.every(({ destination = {} }) => isEverything(destination))) return { policies: [] }
  const backendRefs = parts.map((part) => {
    const { destination = {} } = part
    if (destination[tag.service] === '*') throw new NotExpressible('a backend has to be one service')
    return backendRef(destination, 'weight' in part ? (part.weight ?? 0) : undefined)
  })
  const everyPath = [{ path: { type: 'PathPrefix', value: '/' } }]
  const entries = destinations.map((destination) => {
    if (isEverything(destination.match ?? {})) throw new NotExpressible('a route has to name the service that is called')
    const http = isHttp(destination.match?.[tag.service] ?? '')
    return {
      http,
      entry: { targetRef: serviceRef(destination), rules: [{ ...(http && { matches: everyPath }), default: { backendRefs } }] },
    }
  })
  const routes = [true, false].flatMap((http) => {
    const to = entries.filter((one) => one.http === http).map(({ entry }) => entry)
    const type = http ? 'MeshHTTPRoute' : 'MeshTCPRoute'
    return to.length > 0 ? sources.map((source) => ({ type, spec: { targetRef: proxiesRef(source), to } })) : []
  })
  return { policies: numbered(routes) }
}

const isEverything = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).every(([key, value]) => key === tag.service && value === '*')

/** How each kind of the source/destination family is rewritten. Kinds that are not here stay as they are. */
export const rewrites: Readonly<Record<string, Rewrite>> = {
  TrafficPermission: trafficPermission,
  Timeout: timeout,
  Retry: retry,
  CircuitBreaker: circuitBreaker,
  HealthCheck: healthCheck,
  FaultInjection: faultInjection,
  RateLimit: rateLimit,
  TrafficRoute: trafficRoute,
}
