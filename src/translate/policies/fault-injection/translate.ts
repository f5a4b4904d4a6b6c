import type { Resource } from '../../../core/resource.js'
import type { FaultDelay, FaultRateLimit } from '../../../gen/envoy/extensions/filters/common/fault/v3/fault.js'
import { HTTPFault, type FaultAbort } from '../../../gen/envoy/extensions/filters/http/fault/v3/fault.js'
import type { HttpFilter } from '../../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import type { InboundDraft } from '../../draft.js'
import { duration } from '../../envoy/duration.js'
import { httpFilter, insertBeforeRouter } from '../../envoy/hcm.js'
import { fractionalPercent } from '../../envoy/percent.js'
import type { Inbound, ProxyContext } from '../../proxy.js'
import { inboundPoliciesBySource } from '../../source-destination.js'
import { header, tagsHeaderRegex } from '../../tags.js'
import type { FaultInjectionConf, FaultInjectionSpec } from './schema.js'

type Fault = Resource<FaultInjectionSpec>

export interface MatchedFaults {
  faultsOf(inbound: Inbound): readonly Fault[]
}

export function match({ mesh }: ProxyContext): MatchedFaults | undefined {
  const faults = mesh.resourcesOf<FaultInjectionSpec>('FaultInjection')
  return faults.length > 0 ? { faultsOf: ({ tags }) => inboundPoliciesBySource(faults, tags) } : undefined
}

/** All that match act, each on the callers that it selects. */
export function inbound({ faultsOf }: MatchedFaults, { inbound, listener }: InboundDraft): void {
  for (const { hcm } of listener.chains) {
    if (hcm) for (const fault of faultsOf(inbound)) insertBeforeRouter(hcm, faultFilter(fault))
  }
}

export function faultFilter({ spec: { sources = [], conf = {} } }: Fault): HttpFilter {
  const regex = tagsHeaderRegex(sources.map(({ match = {} }) => match))
  return httpFilter('envoy.filters.http.fault', HTTPFault, {
    delay: conf.delay && faultDelay(conf.delay),
    abort: conf.abort && faultAbort(conf.abort),
    responseRateLimit: conf.responseBandwidth && bandwidthLimit(conf.responseBandwidth),
    headers: [{ name: header.tags, headerMatchSpecifier: { $case: 'safeRegexMatch', safeRegexMatch: { regex } } }],
  })
}

type Part<Name extends keyof FaultInjectionConf> = NonNullable<FaultInjectionConf[Name]>

function faultDelay({ value = '0s', percentage = 0 }: Part<'delay'>): FaultDelay {
  return { faultDelaySecifier: { $case: 'fixedDelay', fixedDelay: duration(value) }, percentage: fractionalPercent(percentage) }
}

function faultAbort({ httpStatus = 0, percentage = 0 }: Part<'abort'>): FaultAbort {
  return { errorType: { $case: 'httpStatus', httpStatus }, percentage: fractionalPercent(percentage) }
}

function bandwidthLimit({ limit = '', percentage = 0 }: Part<'responseBandwidth'>): FaultRateLimit {
  return { limitType: { $case: 'fixedLimit', fixedLimit: { limitKbps: kilobits(limit) } }, percentage: fractionalPercent(percentage) }
}

const unitInKilobits: Readonly<Record<string, number>> = { bps: 0.001, kbps: 1, mbps: 1000, gbps: 1_000_000 }

/** Kilobits a second, at least one: that is the least Envoy takes. Kuma itself can't read any unit but kbps. */
function kilobits(limit: string): number {
  const [, count = '1', unit = 'kbps'] = /(\d+)\s*([gmk]?bps)/i.exec(limit) ?? []
  return Math.max(1, Math.round(Number(count) * (unitInKilobits[unit.toLowerCase()] ?? 1)))
}
