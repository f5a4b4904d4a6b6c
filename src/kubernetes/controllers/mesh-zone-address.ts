import { MeshZoneAddress, type MeshZoneAddressSpec } from '../../core/kinds/mesh-zone-address.js'
import type { Resource } from '../../core/resource.js'
import { names } from '../annotations.js'
import { meshOf } from '../mesh-of.js'
import type { EndpointSlice, Namespace, Node, Service } from '../objects.js'
import type { ClusterView } from './cluster-view.js'
import { madeLabels } from './labels.js'
import { isManaged, managedBy } from './mesh-services.js'
import { type Note, type Outcome, nothing, warned } from './outcome.js'
import { nodeAddressOf } from './zone-proxies.js'

/** Whether a Service leads to the zone ingress of a mesh. */
export const leadsToZoneIngress = ({ metadata }: Service): boolean => metadata?.labels?.[names.zoneProxyType] === 'ingress'

const noAddress: Note = {
  type: 'Warning',
  reason: 'NoPublicAddress',
  message:
    'the zone ingress has no address that other zones can reach: its Service has to be a LoadBalancer that has its address, a NodePort ' +
    'on nodes with addresses, or to have spec.externalIPs',
}

/** The MeshZoneAddress of a Service: where other zones reach the ingress that it leads to, as long as one of its endpoints is ready. */
export function meshZoneAddressOutcome(
  service: Service,
  { namespace, slices, zone }: { readonly namespace: Namespace; readonly slices: readonly EndpointSlice[]; readonly zone: string },
  view: ClusterView,
): Outcome {
  const { name = '', namespace: place = '', uid = '' } = service.metadata ?? {}
  const known = meshZoneAddressesOf(name, place, view)
  const without = (because: string, ...notes: Note[]): Outcome => ({ ...nothing, unwanted: leftOver(known, because), notes })
  if (!leadsToZoneIngress(service)) return without('the service leads to no zone ingress')
  if (!slices.some(({ endpoints }) => endpoints?.some(({ conditions }) => conditions?.ready))) return without('no endpoint is ready')
  const spec = publicAddressOf(service, view.list('Node'))
  if (!spec) return without('there is no public address', noAddress)
  const mesh = meshOf(service, namespace)
  if (!view.mesh(mesh)) return without(`there is no Mesh "${mesh}"`)
  if (!known.every(isManaged)) return warned('NoPublicAddress', `MeshZoneAddress ${name} is there already, and not this Service's`)
  const given = { [names.mesh]: mesh, ...managedBy }
  const labels = madeLabels(MeshZoneAddress, given, { zone, namespace: place, mesh, spec })
  const resource = { type: MeshZoneAddress.type, mesh, name: `${name}.${place}`, labels, spec }
  return {
    wanted: [{ resource, owner: { apiVersion: 'v1', kind: 'Service', name, uid } }],
    unwanted: leftOver(
      known.filter((one) => one.mesh !== mesh),
      `the service is in mesh ${mesh}`,
    ),
    notes: [],
  }
}

/** MeshZoneAddresses at the name of a Service: whoever wrote them. */
export function meshZoneAddressesOf(service: string, namespace: string, view: ClusterView): readonly Resource[] {
  return view.storedIn(MeshZoneAddress.type, namespace).filter(({ name }) => name === `${service}.${namespace}`)
}

/** What people wrote stays. */
export function leftOver(known: readonly Resource[], because: string): Outcome['unwanted'] {
  return known.filter(isManaged).map(({ type, mesh, name }) => ({ key: { type, name, ...(mesh !== undefined && { mesh }) }, because }))
}

function publicAddressOf({ spec, status }: Service, nodes: readonly Node[]): MeshZoneAddressSpec | undefined {
  const [port] = spec?.ports ?? []
  if (!port) return undefined
  const [external] = spec?.externalIPs ?? []
  if (external) return { address: external, port: port.port }
  if (spec?.type === 'LoadBalancer') {
    // A host name outlives addresses.
    const { hostname, ip } = status?.loadBalancer?.ingress?.[0] ?? {}
    const address = hostname || ip
    return address ? { address, port: port.port } : undefined
  }
  const address = spec?.type === 'NodePort' ? nodeAddressOf(nodes) : undefined
  return address && port.nodePort ? { address, port: port.nodePort } : undefined
}
