import { insertBeforeRouter } from '../../envoy/hcm.js'
import type { MeshContext } from '../../mesh-context.js'
import { inboundPoliciesBySource } from '../../source-destination.js'
import type { EgressDraft } from '../../zone-proxy/egress-draft.js'
import type { FaultInjectionSpec } from './schema.js'
import { faultFilter } from './translate.js'

/** External services have no proxy that could inject faults: the egress in front of them does. */
export function egress({ externalTags, chain: { hcm } }: EgressDraft, mesh: MeshContext): void {
  if (!hcm) return
  const faults = mesh.resourcesOf<FaultInjectionSpec>('FaultInjection')
  const matched = new Set(externalTags.flatMap((tags) => inboundPoliciesBySource(faults, tags)))
  for (const fault of matched) insertBeforeRouter(hcm, faultFilter(fault))
}
