import { countServices, withAvailableServices } from '../../core/kinds/available-services.js'
import type { MeshGatewaySpec } from '../../core/kinds/mesh-gateway.js'
import type { AvailableService } from '../../core/kinds/zone-ingress.js'
import { crossMeshEndpoints } from '../cross-mesh.js'
import type { MeshContext } from '../mesh-context.js'
import { tag } from '../tags.js'

function gatewayEndpoints({ resourcesOf, dataplanes, zone }: MeshContext) {
  return crossMeshEndpoints({ gateways: resourcesOf<MeshGatewaySpec>('MeshGateway'), dataplanes }, { zone, localityAware: false })
}

/**
 * What the ingresses of this zone offer, worked out afresh: what an ingress itself lists may be older than the proxies. Gateways
 * that other meshes may use come last, marked by the tag of their mesh.
 */
export function availableServices(meshes: readonly MeshContext[], zone: string): AvailableService[] {
  const resources = meshes.flatMap((mesh) => [mesh.mesh, ...mesh.dataplanes, ...mesh.resourcesOf('ExternalService')])
  const { availableServices: services = [] } = withAvailableServices({}, { zone, resources })
  const gateways = meshes.flatMap((mesh) =>
    [...gatewayEndpoints(mesh).values()].flat().map(({ tags }) => ({ mesh: mesh.name, tags: { ...tags, [tag.mesh]: mesh.name } })),
  )
  return [...services, ...countServices(gateways)]
}
