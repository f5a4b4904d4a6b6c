import type { ValidationContext, Violation } from '../../../core/kind.js'
import { type TargetRefKind, checkTargetRef, policyRole } from '../../../core/target-ref.js'
import { checkDurationPositive } from '../../../core/validate/numbers.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import { retryCondition } from './conditions.js'
import type { BackOff, GrpcRetry, HostPredicate, HttpRetry, MeshRetrySpec, RateLimitedBackOff, RetryConf } from './schema.js'

/** The rules of a MeshRetry that its shape can't say. */
export function validateRetry(spec: MeshRetrySpec, { labels }: ValidationContext): Violation[] {
  const root = collect('spec')
  const system = policyRole(labels) === 'system'
  const systemKinds: readonly TargetRefKind[] = system ? ['MeshGateway', 'MeshHTTPRoute'] : []
  checkTargetRef(root.field('targetRef'), spec.targetRef, {
    kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane', ...systemKinds],
    gatewayTags: system,
  })
  const narrow = spec.targetRef?.kind === 'MeshGateway' || spec.targetRef?.kind === 'MeshHTTPRoute'
  for (const [i, entry] of (spec.to ?? []).entries()) {
    const at = root.field('to').index(i)
    checkTargetRef(at.field('targetRef'), entry.targetRef, {
      kinds: narrow
        ? ['Mesh', 'MeshExternalService']
        : ['Mesh', 'MeshService', 'MeshExternalService', 'MeshMultiZoneService', 'MeshHTTPRoute'],
    })
    checkConf(at.field('default.conf'), entry.default)
  }
  return root.violations
}

function checkConf(at: Place, { tcp, http, grpc }: RetryConf = {}): void {
  if (!tcp && !http && !grpc) at.add("at least one of the 'tcp', 'http', 'grpc' must be specified")
  if (tcp && tcp.maxConnectAttempt === undefined) at.field('tcp').add('must not be empty')
  if (tcp?.maxConnectAttempt === 0) at.field('tcp.maxConnectAttempt').add('must be greater than 0')
  if (http) checkHttp(at.field('http'), http)
  if (grpc) checkRequests(at.field('grpc'), grpc)
}

/** The limit of host selections says nothing by itself. */
function checkHttp(at: Place, { hostSelectionMaxAttempts: _, ...http }: HttpRetry): void {
  checkRequests(at, http)
  for (const [i, condition] of (http.retryOn ?? []).entries()) {
    if (!retryCondition(condition)) at.field('retryOn').index(i).add(`unknown item '${condition}'`)
  }
  checkHostSelection(at.field('hostSelection'), http.hostSelection ?? [])
}

function checkRequests(at: Place, conf: Omit<HttpRetry, 'hostSelectionMaxAttempts'> | GrpcRetry): void {
  if (Object.values(conf).every((value) => value === undefined)) at.add('must not be empty')
  if (conf.backOff) checkBackOff(at.field('backOff'), conf.backOff)
  if (conf.rateLimitedBackOff) checkRateLimitedBackOff(at.field('rateLimitedBackOff'), conf.rateLimitedBackOff)
}

function checkBackOff(at: Place, { baseInterval, maxInterval }: BackOff): void {
  if (baseInterval === undefined && maxInterval === undefined) at.add('must not be empty')
}

function checkRateLimitedBackOff(at: Place, { resetHeaders, maxInterval }: RateLimitedBackOff): void {
  if (maxInterval !== undefined) checkDurationPositive(at.field('maxInterval'), maxInterval)
  if (!resetHeaders) at.field('resetHeaders').add('must be defined')
}

function checkHostSelection(at: Place, predicates: readonly HostPredicate[]): void {
  let byPriority = false
  for (const [i, { predicate, tags, updateFrequency }] of predicates.entries()) {
    const place = at.index(i)
    if (predicate === 'OmitHostsWithTags' && !tags) place.field('tags').add('must be defined')
    if (predicate !== 'OmitPreviousPriorities') continue
    if (byPriority) place.field('predicate').add(`${predicate} must only be specified once`)
    if (updateFrequency <= 0) place.field('updateFrequency').add('must be defined and greater than zero')
    byPriority = true
  }
}
