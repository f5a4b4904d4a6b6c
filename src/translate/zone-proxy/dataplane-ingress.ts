import type { ProxyDraft } from '../draft.js'
import type { ProxyContext } from '../proxy.js'
import { type RealService, portServiceName, withSection } from '../services.js'
import { serviceServerName } from '../names.js'
import { addZoneClusters, zoneChains } from './zone-clusters.js'
import type { ZoneListenerContent } from './dataplane-listeners.js'
import type { ZoneService } from './zone-services.js'

/** A chain for each port of each real service of this zone: what is inside stays encrypted, it is for the service behind. */
export function ingressContent({ mesh }: ProxyContext, draft: ProxyDraft): ZoneListenerContent {
  const services = new Map<string, ZoneService>()
  const here = ({ kind, local }: RealService) => kind === 'MeshMultiZoneService' || (kind === 'MeshService' && local)
  for (const real of mesh.services.all.filter(here)) {
    for (const port of real.ports) {
      const service = portServiceName(real, port)
      const clusterName = withSection(real.kri, port.name)
      const subsets = [{ sni: serviceServerName(clusterName), tags: {} }]
      services.set(service, { service, clusterName, endpoints: mesh.localEndpoints.get(service) ?? [], subsets })
    }
  }
  const sorted = [...services.values()].sort((a, b) => (a.service < b.service ? -1 : 1))
  addZoneClusters(sorted, 'ingress', draft)
  return { chains: zoneChains(sorted), targets: new Map() }
}
