import type { Resource } from '../../../core/resource.js'
import { HTTPFault } from '../../../gen/envoy/extensions/filters/http/fault/v3/fault.js'
import type { HttpFilter } from '../../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import type { InboundDraft } from '../../draft.js'
import { bandwidthLimit, faultAbort, faultDelay } from '../../envoy/fault.js'
import { httpFilter, insertBeforeRouter } from '../../envoy/hcm.js'
import type { Inbound, ProxyContext } from '../../proxy.js'
import { inboundPoliciesBySource } from '../../source-destination.js'
import { header, tagsHeaderRegex } from '../../tags.js'
import type { FaultInjectionSpec } from './schema.js'

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
