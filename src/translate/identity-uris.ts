import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { Resource } from '../core/resource.js'
import { spiffeId } from './names.js'
import { mergeTagSets, tag } from './tags.js'

/** The label that stands for the service of a proxy without tags. */
const workloadLabel = 'kuma.io/workload'

/**
 * The names in a proxy's certificate: `spiffe://<mesh>/<service>` for each of its services, then `kuma://<tag>/<value>`
 * for each of its tags, sorted. Empty: nothing tells which service it is.
 */
export function identityUris(mesh: string, { spec, labels }: Resource<DataplaneSpec>): string[] {
  const { inbound = [], gateway } = spec.networking ?? {}
  const tags = mergeTagSets([...inbound.map((one) => one.tags ?? {}), gateway?.tags ?? {}])
  const services = tags.get(tag.service)
  const workload = labels[workloadLabel]
  if (!services && !workload) return []
  const known = services ? tags : new Map([[tag.service, [workload ?? '']]])
  return [
    ...(known.get(tag.service) ?? []).map((service) => spiffeId(mesh, service)),
    ...[...known].flatMap(([name, values]) => values.map((value) => `kuma://${name}/${value}`)),
  ]
}
