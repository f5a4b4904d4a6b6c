import { zoneEgressEnabled } from '../mesh-context.js'
import { destinationCluster, names } from '../names.js'
import type { ProxyContext } from '../proxy.js'
import { tag } from '../tags.js'
import type { GatewayBackend, GatewayHost } from './route-table.js'

/** The cluster of a backend as routes name it. */
export interface BackendCluster {
  readonly name: string
  readonly service: string
  /** Whether the gateway itself leaves the mesh there: those out there are not told the gateway's tags. */
  readonly external: boolean
}

/** Names a backend's cluster: policies may differ from host to host, so the host's tags are part of its name. */
export function backendCluster({ tags, resource, unresolved }: GatewayBackend, host: GatewayHost, proxy: ProxyContext): BackendCluster {
  if (unresolved) return { name: names.unresolvedBackend, service: names.unresolvedBackend, external: false }
  const service = tags[tag.service] ?? ''
  const external = resource === undefined && !zoneEgressEnabled(proxy.mesh.mesh) && proxy.mesh.isExternalService(service)
  return { name: destinationCluster(tags, host.tags), service, external }
}
