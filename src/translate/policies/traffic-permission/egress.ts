import type { MeshContext } from '../../mesh-context.js'
import { inboundPolicy } from '../../source-destination.js'
import type { EgressDraft } from '../../zone-proxy/egress-draft.js'
import type { TrafficPermissionSpec } from './schema.js'
import { rbacFilter } from './translate.js'

/** Of several ExternalServices of one service, the permission of the last that has any holds for all. */
export function egress({ service, externalTags, chain }: EgressDraft, mesh: MeshContext): void {
  const permissions = mesh.resourcesOf<TrafficPermissionSpec>('TrafficPermission')
  const permission = externalTags.flatMap((tags) => inboundPolicy(permissions, tags) ?? []).at(-1)
  if (permission) chain.filters.unshift(rbacFilter(service, permission))
}
