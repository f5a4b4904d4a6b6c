import type { Endpoint } from '../endpoints.js'
import { permittedExternalEndpoints } from '../external-permissions.js'
import { zoneEgressEnabled } from '../mesh-context.js'
import { destinationCluster, names } from '../names.js'
import type { ProxyContext } from '../proxy.js'
import { matchesTags, tag } from '../tags.js'
import type { GatewayBackend, GatewayHost } from './route-table.js'

/** The cluster of a backend as routes name it. */
export interface BackendCluster {
  readonly name: string
  readonly service: string
  /** Whether the gateway itself leaves the mesh there: those out there are not told the gateway's tags. */
  readonly external: boolean
}

/** Tells what a gateway's backends are. */
export interface Backends {
  /** Policies may differ from host to host, so the host's tags are part of a cluster's name. */
  clusterOf(backend: GatewayBackend, host: GatewayHost): BackendCluster
  /** Where a backend outside the mesh is. */
  externalEndpoints(backend: GatewayBackend): readonly Endpoint[]
}

export function createBackends(proxy: ProxyContext): Backends {
  const { mesh } = proxy
  const throughEgress = zoneEgressEnabled(mesh.mesh)
  const guarded = !throughEgress && mesh.resourcesOf('TrafficPermission').length > 0
  const permitted = guarded ? permittedExternalEndpoints(proxy) : undefined
  const isExternal = (service: string) => !throughEgress && (permitted ? permitted.has(service) : mesh.isExternalService(service))
  return {
    clusterOf({ tags, resource, unresolved }, host) {
      if (unresolved) return { name: names.unresolvedBackend, service: names.unresolvedBackend, external: false }
      const service = tags[tag.service] ?? ''
      return { name: destinationCluster(tags, host.tags), service, external: resource === undefined && isExternal(service) }
    },
    externalEndpoints: ({ tags }) =>
      mesh.externalServices.flatMap(({ resource, endpoint }) =>
        endpoint && matchesTags(tags, resource.spec.tags ?? {}) ? [endpoint] : [],
      ),
  }
}
