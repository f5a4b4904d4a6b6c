import { Config as DirectResponse } from '../../gen/envoy/extensions/filters/network/direct_response/v3/config.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { ZoneIngressSpec } from '../../core/kinds/zone-ingress.js'
import type { FilterChainDraft, ProxyDraft } from '../draft.js'
import { chainDraft, networkFilter } from '../envoy/listener.js'
import type { MeshContext } from '../mesh-context.js'
import type { RealService } from '../services.js'
import { tag } from '../tags.js'
import { availableServices } from './available-services.js'
import type { ZoneProxyContext } from './context.js'
import { addListener } from './listener.js'
import { routedTags } from './routed-tags.js'
import { addZoneClusters, zoneChains } from './zone-clusters.js'
import { zoneServices } from './zone-services.js'

/** The proxy by which other zones reach the services of this one: it tells them apart by server name. */
export function buildZoneIngress(context: ZoneProxyContext<ZoneIngressSpec>, draft: ProxyDraft): void {
  const { meshes, zone, unifiedNaming } = context
  const offered = availableServices(meshes, zone)
  const chains = meshes.flatMap((mesh) => {
    const available = offered.filter((service) => service.mesh === mesh.name)
    const routed = routedTags(mesh, available)
    const realServices = offeredServices(mesh, zone)
    const services = zoneServices(mesh, { available, routed, endpoints: mesh.localEndpoints, realServices, unifiedNaming })
    addZoneClusters(services, 'ingress', draft, routed)
    return zoneChains(services)
  })
  addListener(context, 'ingress', 'zi', chains.length > 0 ? chains : [nothingHere(context)], draft)
}

/** MeshServices of this zone, and what spans zones. */
function offeredServices({ services }: MeshContext, zone: string): RealService[] {
  const inZone = ({ kind, resource }: RealService) => kind === 'MeshService' && [undefined, '', zone].includes(resource.labels[tag.zone])
  return [...services.all.filter(inZone), ...services.all.filter(({ kind }) => kind === 'MeshMultiZoneService')]
}

/** Envoy takes no listener without a chain. Whoever connects is told whom they met. */
function nothingHere({ resource, zone }: ZoneProxyContext): FilterChainDraft {
  const inlineBytes = utf8ToBytes(JSON.stringify({ proxy: `.${resource.name}`, zone }))
  const filter = networkFilter('envoy.filters.network.direct_response', DirectResponse, {
    response: { specifier: { $case: 'inlineBytes', inlineBytes } },
  })
  return chainDraft({ filters: [filter] })
}
