import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { Resource } from '../../core/resource.js'
import type { Endpoint } from '../endpoints.js'
import type { MeshChange, MeshIndex } from '../mesh-index.js'
import { inboundsOf } from '../proxy.js'
import { sameNature } from '../service-nature.js'
import { type ServiceIndex, portServiceName } from '../services.js'
import { cells } from './reads.js'

/** The parts of a mesh that are others after a change, of those that somebody may have read. */
export function changedCells(before: MeshIndex, after: MeshIndex, change: MeshChange): Set<string> {
  const changed = new Set<string>()
  for (const type of change.types) {
    changed.add(cells.type(type))
    if (before.context.hasAny(type) !== after.context.hasAny(type)) changed.add(cells.any(type))
  }
  if (before.context.mesh !== after.context.mesh) changed.add(cells.mesh)
  for (const { service, was, is } of changedEndpoints(before, after, change)) {
    changed.add(cells.endpoints(service))
    if (!sameNature(was, is)) changed.add(cells.nature(service))
  }
  // What nobody has asked for yet is not worked out only to be compared.
  if (before.made.vips && before.context.vipOutbounds !== after.context.vipOutbounds) changed.add(cells.vips)
  if (before.context.crossMesh !== after.context.crossMesh) changed.add(cells.across)
  if (before.context.egresses !== after.context.egresses) changed.add(cells.egresses)
  if (before.made.outside && before.context.externalServices !== after.context.externalServices) changed.add(cells.outside)
  for (const kri of changedServices(before.context.services, after.context.services)) changed.add(cells.service(kri))
  if (before.context.services !== after.context.services) changed.add(cells.services)
  for (const service of changedReadiness(before.tlsReady, after.tlsReady)) changed.add(cells.tls(service))
  return changed
}

interface ChangedEndpoints {
  readonly service: string
  readonly was: readonly Endpoint[] | undefined
  readonly is: readonly Endpoint[] | undefined
}

function changedEndpoints(before: MeshIndex, after: MeshIndex, change: MeshChange): ChangedEndpoints[] {
  const all = before.endpointRules !== after.endpointRules
  const concerned = all ? [...before.known.keys()] : concernedServices(before, change).filter((service) => before.known.has(service))
  // Both share what they know: first what it was, then what it is.
  const was = concerned.map((service) => before.context.endpoints.get(service))
  const both = concerned.map((service, i) => ({ service, was: was[i], is: after.context.endpoints.get(service) }))
  return both.filter(({ was, is }) => was !== is)
}

/** Services that the Dataplanes were behind before the change, or are after it. */
function concernedServices({ selectors, endpointRules }: MeshIndex, { dataplanes }: MeshChange): string[] {
  const names = dataplanes.flatMap(({ before, after }) =>
    [before, after].flatMap((dataplane) => {
      if (!dataplane) return []
      const tagged = inboundsOf((dataplane as Resource<DataplaneSpec>).spec).map(({ service }) => service)
      const selected = selectors.selecting(dataplane).flatMap((service) => service.ports.map((port) => portServiceName(service, port)))
      return [...tagged, ...selected]
    }),
  )
  const spanning = names.flatMap((name) => endpointRules.spanning.get(name) ?? [])
  return [...new Set([...names, ...spanning])]
}

function changedReadiness(before: ReadonlySet<string>, after: ReadonlySet<string>): string[] {
  if (before === after) return []
  return [...new Set([...before, ...after])].filter((service) => before.has(service) !== after.has(service))
}

function changedServices(before: ServiceIndex, after: ServiceIndex): string[] {
  if (before === after) return []
  const kris = new Set([...before.all, ...after.all].map(({ kri }) => kri))
  return [...kris].filter((kri) => before.byKri(kri) !== after.byKri(kri))
}
