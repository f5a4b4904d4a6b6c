import { type HeaderMatcher, type RetryPolicy, RetryPolicy_ResetHeaderFormat } from '../../../gen/envoy/config/route/v3/route_components.js'
import { deepFreeze } from '../../../core/resource.js'
import type { Duration } from '../../../gen/google/protobuf/duration.js'
import { duration } from '../../envoy/duration.js'
import { headerMatcher } from '../../envoy/header-matcher.js'
import { exactly } from '../../envoy/tls.js'
import type { Protocol } from '../../protocol.js'
import { retryCondition } from './conditions.js'
import { hostSelection } from './host-selection.js'
import type { BackOff, GrpcRetry, HttpRetry, RateLimitedBackOff, RetryConf } from './schema.js'

/** What a route retries; `undefined`: the policy has nothing for the protocol, or wants no retries. */
export function retryPolicyOf({ http, grpc }: RetryConf, protocol: Protocol): RetryPolicy | undefined {
  if (protocol === 'http') return http?.numRetries === 0 ? undefined : http && httpPolicy(http)
  if (protocol === 'grpc') return grpc?.numRetries === 0 ? undefined : grpc && grpcPolicy(grpc)
  return undefined
}

const optional = (text: string | undefined): Duration | undefined => (text === undefined ? undefined : duration(text))

function commonPolicy({ numRetries, perTryTimeout, rateLimitedBackOff }: HttpRetry | GrpcRetry): RetryPolicy {
  return {
    numRetries,
    perTryTimeout: optional(perTryTimeout),
    rateLimitedRetryBackOff: rateLimitedBackOff && rateLimited(rateLimitedBackOff),
  }
}

function rateLimited({ resetHeaders = [], maxInterval }: RateLimitedBackOff): RetryPolicy['rateLimitedRetryBackOff'] {
  const formats = { Seconds: RetryPolicy_ResetHeaderFormat.SECONDS, UnixTimestamp: RetryPolicy_ResetHeaderFormat.UNIX_TIMESTAMP }
  return { resetHeaders: resetHeaders.map(({ name, format }) => ({ name, format: formats[format] })), maxInterval: optional(maxInterval) }
}

function backOffOf({ baseInterval, maxInterval }: BackOff): RetryPolicy['retryBackOff'] {
  return { baseInterval: optional(baseInterval), maxInterval: optional(maxInterval) }
}

const defaultGrpcRetryOn = 'cancelled,connect-failure,gateway-error,refused-stream,reset,resource-exhausted,unavailable'
const defaultGrpcBackOff: BackOff = { baseInterval: '25ms' }

function grpcPolicy(conf: GrpcRetry): RetryPolicy {
  const { retryOn = [], backOff } = conf
  return {
    ...commonPolicy(conf),
    retryOn: retryOn.map((condition) => condition.replace(/(?!^)[A-Z]/g, '-$&').toLowerCase()).join(',') || defaultGrpcRetryOn,
    retryBackOff: backOff && backOffOf({ ...defaultGrpcBackOff, ...defined(backOff) }),
  }
}

const defaultHttpRetryOn = ['gateway-error', 'connect-failure', 'refused-stream']
const byStatusCode = 'retriable-status-codes'

const httpPolicies = new WeakMap<HttpRetry, RetryPolicy>()

/** One object for all routes of the same conf. */
function httpPolicy(conf: HttpRetry): RetryPolicy {
  const known = httpPolicies.get(conf) ?? deepFreeze(makeHttpPolicy(conf))
  httpPolicies.set(conf, known)
  return known
}

function makeHttpPolicy(conf: HttpRetry): RetryPolicy {
  const { backOff, retryOn = [], retriableRequestHeaders = [], retriableResponseHeaders = [] } = conf
  const names: string[] = []
  const requestHeaders: HeaderMatcher[] = []
  const statusCodes: number[] = []
  for (const text of retryOn) {
    const condition = retryCondition(text)
    if (condition?.kind === 'condition') names.push(condition.name)
    if (condition?.kind === 'method') requestHeaders.push(methodMatcher(condition.name))
    if (condition?.kind === 'status') statusCodes.push(condition.code)
  }
  const chosen = names.length > 0 ? names : defaultHttpRetryOn
  return {
    ...commonPolicy(conf),
    retryOn: (statusCodes.length > 0 ? [...chosen, byStatusCode] : chosen).join(','),
    retryBackOff: backOff && backOffOf(backOff),
    retriableStatusCodes: statusCodes,
    retriableRequestHeaders: [...requestHeaders, ...retriableRequestHeaders.map(headerMatcher)],
    retriableHeaders: retriableResponseHeaders.map(headerMatcher),
    ...hostSelection(conf.hostSelection ?? []),
    hostSelectionRetryMaxAttempts: conf.hostSelectionMaxAttempts,
  }
}

function methodMatcher(method: string): HeaderMatcher {
  return { name: ':method', headerMatchSpecifier: { $case: 'stringMatch', stringMatch: exactly(method) } }
}

function defined(backOff: BackOff): BackOff {
  return Object.fromEntries(Object.entries(backOff).filter(([, value]) => value !== undefined))
}
