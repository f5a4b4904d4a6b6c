import { VirtualAddresses, type VirtualAddressesSpec, clusterAddressesName } from '../../core/kinds/internal.js'
import type { ClusterView } from './cluster-view.js'
import type { Derived } from './dataplane.js'
import { outboundsOf } from './outbounds.js'

/**
 * What proxies of a mesh dial at addresses of the cluster's own: Services at their cluster IPs, each instance of headless ones at its own.
 * Undefined where the mesh isn't there; nothing where it has MeshServices alone, which have these addresses themselves.
 */
export function clusterAddressesOf(mesh: string, view: ClusterView): Derived<VirtualAddressesSpec> | undefined {
  const found = view.mesh(mesh)
  if (!found) return undefined
  const exclusive = found.spec.meshServices?.mode === 'Exclusive'
  const others = exclusive ? [] : view.dataplanesOf(mesh).map(({ spec }) => spec)
  const outbounds = outboundsOf({}, { others, findService: (name, namespace) => view.get('Service', name, namespace), reachable: [] })
  const clusterOutbounds = outbounds.map(({ address, port, tags }) => ({ address, port, tags }))
  return { type: VirtualAddresses.type, mesh, name: clusterAddressesName, labels: {}, spec: { clusterOutbounds } }
}
