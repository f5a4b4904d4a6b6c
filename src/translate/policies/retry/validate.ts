import { nanosOf } from '../../../core/duration.js'
import { goQuote } from '../../../core/go.js'
import type { Violation } from '../../../core/kind.js'
import { checkSelectors, onlyServiceTag } from '../../../core/validate/tags.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type { BackOff, GrpcRetry, HttpRetry, RetrySpec } from './schema.js'

export function validateRetry({ sources, destinations, conf }: RetrySpec): Violation[] {
  const root = collect()
  checkSelectors(root.field('sources'), sources, { requireSelector: true, requireTag: true, requireService: true })
  checkSelectors(root.field('destinations'), destinations, onlyServiceTag)
  const at = root.field('conf')
  if (!conf) at.add('has to be defined')
  else if (!conf.http && !conf.grpc && !conf.tcp) at.add('missing protocol [grpc|http|tcp] configuration')
  const { http, grpc, tcp } = conf ?? {}
  if (http) checkHttp(at.field('http'), http)
  if (grpc) checkGrpc(at.field('grpc'), grpc)
  if (tcp && !tcp.maxConnectAttempts) at.field('tcp.maxConnectAttempts').add('has to be greater than 0')
  return root.violations
}

function checkHttp(at: Place, http: HttpRetry): void {
  checkCommon(at, http)
  for (const [i, method] of (http.retriableMethods ?? []).entries()) {
    if (method === 'NONE') at.field('retriableMethods').index(i).add('field cannot be empty')
  }
  for (const [i, condition] of (http.retryOn ?? []).entries()) {
    if (condition === 'retriable_status_codes' && !http.retriableStatusCodes) {
      at.field('retryOn').index(i).add('retriableStatusCodes cannot be empty when this option is specified')
    }
  }
}

function checkGrpc(at: Place, grpc: GrpcRetry): void {
  const conditions = grpc.retryOn ?? []
  for (const condition of [...new Set(conditions)].sort()) {
    const indexes = conditions.flatMap((other, i) => (other === condition ? [i] : []))
    if (indexes.length > 1) at.field('retryOn').add(`repeated value ${goQuote(condition)} at indexes [${indexes.join(', ')}]`)
  }
  checkCommon(at, grpc)
}

const greater = 'has to be greater than 0'
const greaterWhenDefined = `${greater} when defined`
const isZero = (duration: string | undefined) => duration !== undefined && nanosOf(duration) === 0n

function checkCommon(at: Place, conf: HttpRetry | GrpcRetry): void {
  if (Object.keys(conf).length === 0) at.add('field cannot be empty')
  if (conf.numRetries === 0) at.field('numRetries').add(greaterWhenDefined)
  if (isZero(conf.perTryTimeout)) at.field('perTryTimeout').add(greaterWhenDefined)
  if (conf.backOff) checkBackOff(at.field('backOff'), conf.backOff)
}

function checkBackOff(at: Place, { baseInterval, maxInterval }: BackOff): void {
  if (baseInterval === undefined) at.field('baseInterval').add('has to be defined')
  else if (isZero(baseInterval)) at.field('baseInterval').add(greater)
  else if (isZero(maxInterval)) at.field('maxInterval').add(greaterWhenDefined)
}
