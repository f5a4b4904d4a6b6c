import type { MeshContext } from '../../mesh-context.js'
import { tag } from '../../tags.js'
import type { EgressDraft } from '../../zone-proxy/egress-draft.js'
import { type Guard, guardBySubsets } from './rules.js'
import { MeshTrafficPermission, type PermissionConf } from './schema.js'
import { install, networkRbacName } from './translate.js'

/**
 * ExternalServices are closed until a policy of either family opens them, and MeshTrafficPermission goes before TrafficPermission.
 * MeshExternalServices are open to everybody in the mesh unless the mesh says otherwise.
 */
export function egress({ service, resource, listener, chain }: EgressDraft, mesh: MeshContext): void {
  const guard = resource === undefined ? externalServiceGuard(service, mesh) : meshExternalServiceGuard(mesh)
  const permitted = chain.filters[0]?.name === networkRbacName
  if (!guard && permitted) return
  if (permitted) chain.filters.shift()
  install(chain, listener.name, guard ?? guardBySubsets([], mesh.name))
}

function externalServiceGuard(service: string, mesh: MeshContext): Guard | undefined {
  const { from } = mesh.rules.ofExternalService<PermissionConf>(MeshTrafficPermission, { [tag.service]: service })
  return from.length > 0 ? guardBySubsets(from, mesh.name) : undefined
}

function meshExternalServiceGuard({ mesh, name }: MeshContext): Guard {
  const open = mesh.spec.routing?.defaultForbidMeshExternalServiceAccess !== true
  return guardBySubsets(open ? [{ subset: [], conf: { action: 'Allow' }, origins: [] }] : [], name)
}
