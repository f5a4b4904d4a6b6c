import type { MeshGatewaySpec } from '../core/kinds/mesh-gateway.js'
import { type Endpoint, localityIn } from './endpoints.js'
import type { MeshContext } from './mesh-context.js'
import { selectGateway } from './rules/index.js'
import { tag } from './tags.js'

/** Listeners of a mesh's builtin gateways in this zone that proxies of other meshes may use. */
export function crossMeshEndpoints({
  dataplanes,
  resourcesOf,
  zone,
  mesh,
}: Pick<MeshContext, 'dataplanes' | 'resourcesOf' | 'zone' | 'mesh'>): Endpoint[] {
  const gateways = resourcesOf<MeshGatewaySpec>('MeshGateway').filter(({ spec }) =>
    spec.conf?.listeners?.some(({ crossMesh }) => crossMesh),
  )
  if (gateways.length === 0) return []
  const localityAware = mesh.spec.routing?.localityAwareLoadBalancing === true
  return dataplanes.flatMap((dataplane): Endpoint[] => {
    const { address = '', gateway } = dataplane.spec.networking ?? {}
    if (gateway?.type !== 'BUILTIN') return []
    const selected = selectGateway(dataplane, resourcesOf<MeshGatewaySpec>('MeshGateway'))
    const own = gateways.find((candidate) => candidate === selected)
    const locality = localityIn(gateway.tags?.[tag.zone] ?? dataplane.labels[tag.zone], zone, localityAware)
    return (own?.spec.conf?.listeners ?? []).flatMap(({ crossMesh, port = 0, tags }) =>
      crossMesh ? [{ address, port, tags: { ...gateway.tags, ...own?.spec.tags, ...tags }, labels: {}, weight: 1, locality }] : [],
    )
  })
}
