import type { Violation } from '../../../core/kind.js'
import { checkSelectors, requireProtocol } from '../../../core/validate/tags.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type { FaultInjectionConf, FaultInjectionSpec } from './schema.js'

export function validateFaultInjection({ sources, destinations, conf = {} }: FaultInjectionSpec): Violation[] {
  const root = collect()
  checkSelectors(root.field('sources'), sources, { requireSelector: true, requireTag: true })
  checkSelectors(root.field('destinations'), destinations, {
    requireSelector: true,
    requireTag: true,
    extra: requireProtocol('http', 'http2', 'grpc'),
  })
  checkConf(root.field('conf'), conf)
  return root.violations
}

const empty = 'cannot be empty'

function checkConf(at: Place, { delay, abort, responseBandwidth }: FaultInjectionConf): void {
  const isGiven = (fault: object | undefined) => Object.keys(fault ?? {}).length > 0
  if (![delay, abort, responseBandwidth].some(isGiven)) at.add('must have at least one of the faults configured')
  if (delay && isGiven(delay)) {
    checkPercentage(at.field('delay.percentage'), delay.percentage)
    if (delay.value === undefined) at.field('delay.value').add(empty)
  }
  if (abort && isGiven(abort)) {
    checkPercentage(at.field('abort.percentage'), abort.percentage)
    checkStatus(at.field('abort.httpStatus'), abort.httpStatus)
  }
  if (responseBandwidth && isGiven(responseBandwidth)) {
    checkPercentage(at.field('responseBandwidth.percentage'), responseBandwidth.percentage)
    checkLimit(at.field('responseBandwidth.limit'), responseBandwidth.limit)
  }
}

function checkPercentage(at: Place, percentage: number | undefined): void {
  if (percentage === undefined) at.add(empty)
  else if (percentage < 0 || percentage > 100) at.add('has to be in [0.0 - 100.0] range')
}

function checkLimit(at: Place, limit: string | undefined): void {
  if (limit === undefined) at.add(empty)
  else if (!/\d*\s?[gmk]bps/.test(limit)) at.add('has to be in kbps/mbps/gbps units')
}

/** Ranges of the HTTP status codes that have a name: https://www.iana.org/assignments/http-status-codes */
const namedStatuses = [
  [100, 103],
  [200, 208],
  [226, 226],
  [300, 305],
  [307, 308],
  [400, 418],
  [421, 426],
  [428, 429],
  [431, 431],
  [451, 451],
  [500, 508],
  [510, 511],
] as const

function checkStatus(at: Place, status: number | undefined): void {
  if (status === undefined) at.add(empty)
  else if (!namedStatuses.some(([first, last]) => status >= first && status <= last)) at.add('http status code is incorrect')
}
