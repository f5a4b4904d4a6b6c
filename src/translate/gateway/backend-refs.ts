import type { Resource } from '../../core/resource.js'
import { type BackendRef, resolveBackend } from '../backend-refs.js'
import { names } from '../names.js'
import type { ProxyContext } from '../proxy.js'
import { tag } from '../tags.js'
import type { GatewayBackend } from './route-table.js'

/**
 * What a reference of a MeshHTTPRoute or MeshTCPRoute means to a gateway. A weight of zero is kept: the cluster is there.
 * @param from the route: names and namespaces count from where it is
 */
export function gatewayBackend(ref: BackendRef, routeProtocol: 'http' | 'tcp', from: Resource, proxy: ProxyContext): GatewayBackend {
  const weight = ref.weight ?? 1
  const backend = resolveBackend({ ...ref, weight: 1 }, from, proxy)
  if (!backend) return { tags: { [tag.service]: names.unresolvedBackend }, weight, routeProtocol, unresolved: true }
  const { tags, resource } = backend.destination
  return { tags, weight, routeProtocol, resource }
}
