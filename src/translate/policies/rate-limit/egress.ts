import { insertBeforeRouter } from '../../envoy/hcm.js'
import type { MeshContext } from '../../mesh-context.js'
import { inboundPoliciesBySource } from '../../source-destination.js'
import type { EgressDraft } from '../../zone-proxy/egress-draft.js'
import { rateLimitFilter } from '../../local-rate-limit.js'
import type { RateLimitSpec } from './schema.js'
import { limitedRoute } from './translate.js'

/** External services have no proxy that could limit: the egress in front of them does. */
export function egress({ externalTags, chain: { hcm, route } }: EgressDraft, mesh: MeshContext): void {
  const limits = mesh.resourcesOf<RateLimitSpec>('RateLimit')
  const matched = [...new Set(externalTags.flatMap((tags) => inboundPoliciesBySource(limits, tags)))]
  if (!hcm || matched.length === 0) return
  insertBeforeRouter(hcm, rateLimitFilter())
  for (const virtualHost of route?.virtualHosts ?? []) {
    virtualHost.routes = (virtualHost.routes ?? []).flatMap((base) => [...matched.flatMap((limit) => limitedRoute(limit, base)), base])
  }
}
