import type { MeshServiceSpec } from '../kinds/mesh-service.js'
import type { MeshSpec } from '../kinds/mesh.js'
import { type Labels, type Resource, type ResourceKey, keyOf } from '../resource.js'
import { sameValue } from '../same-value.js'
import { label1035Faults } from '../validate/kubernetes-names.js'
import { knownProtocol } from '../validate/protocols.js'
import { protocolTag, serviceTag } from '../validate/tags.js'
import { type Removal, keyPart } from './removal.js'
import { type Dataplane, inboundsOf } from './selected-proxies.js'

/*
 * What a Universal control plane makes of Dataplanes: a MeshService for each `kuma.io/service`, a Workload for each
 * `kuma.io/workload`. Names that could not be host names make none, and what somebody else made of the name stays.
 */

type Ports = NonNullable<MeshServiceSpec['ports']>
type MeshService = Resource<MeshServiceSpec>

interface Context {
  readonly zone: string
  readonly existing: readonly Resource[]
  /** Without it, nothing is taken away. */
  readonly removal?: Removal
}

/** What is to be there and what not. */
export interface Generated {
  readonly put: readonly Resource[]
  readonly removed: readonly ResourceKey[]
  /** When the next is to be taken away, in milliseconds since 1970. */
  readonly wakeAt?: number
}

/** Since when a generated MeshService has no proxies. Source: mesh_proto.DeletionGracePeriodStartedLabel. */
const unusedSince = 'kuma.io/deletion-grace-period-started-at'
const generator = 'meshservice-generator'

/**
 * MeshServices of meshes that don't turn them off. Where proxies of a service differ in their ports, it keeps those it has as
 * long as one proxy agrees; else the oldest proxy decides. One without proxies stays for some time.
 */
export function generatedServices(dataplanes: readonly Dataplane[], { zone, existing, removal }: Context): Generated {
  const on = new Set(existing.flatMap((one) => (one.type === 'Mesh' && hasServices(one as Resource<MeshSpec>) ? [one.name] : [])))
  const offers = new Map<string, Offer[]>()
  for (const offer of dataplanes.filter(({ mesh = '' }) => on.has(mesh)).flatMap(offersOf)) {
    const key = keyOf(offer)
    const known = offers.get(key)
    if (known) known.push(offer)
    else offers.set(key, [offer])
  }
  const put: Resource[] = []
  const removed: ResourceKey[] = []
  const endings: number[] = []
  for (const service of existing) {
    const offered = offers.get(keyOf(service))
    offers.delete(keyOf(service))
    if (!isGenerated(service)) continue
    if (offered) {
      const next = updated(service as MeshService, offered, zone)
      if (!sameValue(next.labels, service.labels) || !sameValue(next.spec, service.spec)) put.push(next)
    } else if (removal) {
      const { now, graceMs } = removal
      const since = Date.parse(service.labels[unusedSince] ?? '')
      const end = since + graceMs
      if (!on.has(service.mesh ?? '') || end < now.getTime()) removed.push(keyPart(service))
      else {
        endings.push((Number.isNaN(end) ? now.getTime() + graceMs : end) + 1)
        if (Number.isNaN(end)) put.push({ ...service, labels: { ...service.labels, [unusedSince]: now.toISOString() } })
      }
    }
  }
  const created = [...offers.values()].flatMap(([first]) => (first ? [serviceOf(first, zone)] : []))
  return { put: [...put, ...created], removed, ...(endings.length > 0 && { wakeAt: Math.min(...endings) }) }
}

/** Workloads that proxies say they belong to, and no others. */
export function generatedWorkloads(dataplanes: readonly Dataplane[], { zone, existing, removal }: Context): Generated {
  const wanted = new Map(
    dataplanes.flatMap(({ mesh = '', labels }) => {
      const name = labels['kuma.io/workload'] ?? ''
      const key: ResourceKey = { type: 'Workload', mesh, name }
      return label1035Faults(name).length > 0 ? [] : [[keyOf(key), key] as const]
    }),
  )
  const removed: ResourceKey[] = []
  for (const workload of existing) {
    if (workload.type !== 'Workload') continue
    if (removal && isLocal(workload) && !wanted.has(keyOf(workload))) removed.push(keyPart(workload))
    wanted.delete(keyOf(workload))
  }
  const labels = (mesh = '') => labelsOf('workload-generator', mesh, zone)
  return { put: [...wanted.values()].map((key) => ({ ...key, labels: labels(key.mesh), spec: {} })), removed }
}

/** Whether a resource is of this zone. */
export const isLocal = ({ labels }: Resource): boolean => (labels['kuma.io/origin'] ?? 'zone') === 'zone'

const isGenerated = (one: Resource) => one.type === 'MeshService' && isLocal(one) && one.labels['kuma.io/managed-by'] === generator

const hasServices = ({ spec }: Resource<MeshSpec>) => (spec.meshServices?.mode ?? 'Disabled') !== 'Disabled'

/** What a proxy makes of one of its services. */
interface Offer extends ResourceKey {
  readonly mesh: string
  readonly ports: Ports
}

function offersOf(dataplane: Dataplane): Offer[] {
  const ports = new Map<string, Ports>()
  for (const { port = 0, name, tags = {}, protocol } of inboundsOf(dataplane)) {
    const service = tags[serviceTag] ?? ''
    const said = (protocol || tags[protocolTag] || '').toLowerCase()
    const own = { name: name || String(port), port, targetPort: port, appProtocol: knownProtocol(said) ? said : 'tcp' }
    ports.set(service, [...(ports.get(service) ?? []), own])
  }
  return [...ports]
    .filter(([name]) => label1035Faults(name).length === 0)
    .map(([name, ports]) => ({ type: 'MeshService', mesh: dataplane.mesh ?? '', name, ports }))
}

function serviceOf({ mesh, name, ports }: Offer, zone: string): MeshService {
  const selector = { dataplaneTags: { [serviceTag]: name } }
  return { type: 'MeshService', mesh, name, labels: serviceLabels(mesh, name, zone), spec: { state: 'Unavailable', selector, ports } }
}

function updated(service: MeshService, offers: readonly Offer[], zone: string): MeshService {
  const { [unusedSince]: _, ...labels } = service.labels
  const { mesh = '', name, spec } = service
  const agreed = offers.find(({ ports }) => sameValue(ports, spec.ports)) ?? offers[0]
  const selector = { dataplaneTags: { [serviceTag]: name } }
  return {
    ...service,
    labels: sorted({ ...labels, ...serviceLabels(mesh, name, zone) }),
    spec: { ...spec, selector, ports: agreed?.ports },
  }
}

const serviceLabels = (mesh: string, name: string, zone: string) =>
  labelsOf(generator, mesh, zone, { 'kuma.io/display-name': name, 'kuma.io/origin': 'zone' })

function labelsOf(managedBy: string, mesh: string, zone: string, more: Labels = {}): Labels {
  return sorted({ 'kuma.io/env': 'universal', 'kuma.io/managed-by': managedBy, 'kuma.io/mesh': mesh, 'kuma.io/zone': zone, ...more })
}

function sorted(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}
