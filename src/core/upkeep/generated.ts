import type { MeshServiceSpec } from '../kinds/mesh-service.js'
import type { MeshSpec } from '../kinds/mesh.js'
import { type Resource, keyOf } from '../resource.js'
import { label1035Faults } from '../validate/kubernetes-names.js'
import { knownProtocol } from '../validate/protocols.js'
import { protocolTag, serviceTag } from '../validate/tags.js'
import { type Dataplane, inboundsOf } from './selected-proxies.js'

/*
 * What a Universal control plane makes of Dataplanes: a MeshService for each `kuma.io/service`, a Workload for each
 * `kuma.io/workload`. Names that could not be host names make none, and what has the name already stays.
 */

type Ports = NonNullable<MeshServiceSpec['ports']>

interface Context {
  readonly zone: string
  readonly existing: readonly Resource[]
}

/** MeshServices of meshes that don't turn them off. Where proxies of a service differ in their ports, the oldest decides. */
export function generatedServices(dataplanes: readonly Dataplane[], { zone, existing }: Context): Resource<MeshServiceSpec>[] {
  const modes = new Map(
    existing.flatMap((one) => (one.type === 'Mesh' ? [[one.name, (one.spec as MeshSpec).meshServices?.mode] as const] : [])),
  )
  const offered = dataplanes.filter(({ mesh = '' }) => (modes.get(mesh) ?? 'Disabled') !== 'Disabled').flatMap(servicesOf)
  return unknown(offered, existing, ({ mesh, name, ports }) => ({
    type: 'MeshService',
    mesh,
    name,
    labels: labelsOf('meshservice-generator', mesh, zone, { 'kuma.io/display-name': name, 'kuma.io/origin': 'zone' }),
    spec: { state: 'Unavailable', selector: { dataplaneTags: { [serviceTag]: name } }, ports },
  }))
}

/** Workloads that proxies say they belong to. */
export function generatedWorkloads(dataplanes: readonly Dataplane[], { zone, existing }: Context): Resource<object>[] {
  const named = dataplanes.map(({ mesh = '', labels }) => ({ mesh, name: labels['kuma.io/workload'] ?? '' }))
  return unknown(named, existing, ({ mesh, name }) => ({
    type: 'Workload',
    mesh,
    name,
    labels: labelsOf('workload-generator', mesh, zone),
    spec: {},
  }))
}

function unknown<N extends { readonly name: string }, R extends Resource>(
  named: readonly N[],
  existing: readonly Resource[],
  make: (named: N) => R,
): R[] {
  const known = new Set(existing.map(keyOf))
  return named.flatMap((one) => {
    if (label1035Faults(one.name).length > 0) return []
    const resource = make(one)
    if (known.has(keyOf(resource))) return []
    known.add(keyOf(resource))
    return [resource]
  })
}

function labelsOf(managedBy: string, mesh: string, zone: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const labels = { 'kuma.io/env': 'universal', 'kuma.io/managed-by': managedBy, 'kuma.io/mesh': mesh, 'kuma.io/zone': zone, ...more }
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function servicesOf(dataplane: Dataplane): { mesh: string; name: string; ports: Ports }[] {
  const ports = new Map<string, Ports>()
  for (const { port = 0, name, tags = {}, protocol } of inboundsOf(dataplane)) {
    const service = tags[serviceTag] ?? ''
    const said = (protocol || tags[protocolTag] || '').toLowerCase()
    const own = { name: name || String(port), port, targetPort: port, appProtocol: knownProtocol(said) ? said : 'tcp' }
    ports.set(service, [...(ports.get(service) ?? []), own])
  }
  return [...ports].map(([name, ports]) => ({ mesh: dataplane.mesh ?? '', name, ports }))
}
