import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { Resource } from '../core/resource.js'
import { withResource } from './resource-lists.js'
import { inboundsOf, serviceLessPort } from './proxy.js'
import { ShardedMap } from './sharded-map.js'
import type { SelectorIndex } from './service-selectors.js'

type Dataplane = Resource<DataplaneSpec>

/** A Dataplane that came, went or became another. */
export interface DataplaneChange {
  readonly before?: Dataplane
  readonly after?: Dataplane
}

/** Names of groups: the Dataplanes that stand behind a `kuma.io/service`, behind a MeshService, or give a service its virtual address. */
export const groups = {
  tagged: (service: string) => `tagged ${service}`,
  selected: (kri: string) => `selected ${kri}`,
  addressed: (service: string) => `addressed ${service}`,
} as const

/** Dataplanes by what they stand behind, sorted by name. Never changed: a change makes another that shares all other groups. */
export interface DataplaneGroups {
  of(group: string): readonly Dataplane[]
  /** The groups after a change. */
  with(changes: readonly DataplaneChange[]): DataplaneGroups
}

const nobody: readonly Dataplane[] = Object.freeze([])

/** @param dataplanes sorted by name */
export function groupDataplanes(dataplanes: readonly Dataplane[], selectors: SelectorIndex): DataplaneGroups {
  const all = new Map<string, Dataplane[]>()
  for (const dataplane of dataplanes) {
    for (const group of groupsOf(dataplane, selectors)) {
      const known = all.get(group)
      if (known) known.push(dataplane)
      else all.set(group, [dataplane])
    }
  }
  return groupsIn(ShardedMap.of<readonly Dataplane[]>(all), selectors)
}

function groupsIn(all: ShardedMap<readonly Dataplane[]>, selectors: SelectorIndex): DataplaneGroups {
  return {
    of: (group) => all.get(group) ?? nobody,
    with(changes) {
      const changed = new Map<string, readonly Dataplane[] | undefined>()
      for (const { before, after } of changes) {
        const name = (after ?? before)?.name ?? ''
        const left = before ? groupsOf(before, selectors) : new Set<string>()
        const joined = after ? groupsOf(after, selectors) : new Set<string>()
        for (const group of new Set([...left, ...joined])) {
          const list = changed.has(group) ? changed.get(group) : all.get(group)
          const next = withResource(list ?? nobody, name, joined.has(group) ? after : undefined)
          changed.set(group, next.length > 0 ? next : undefined)
        }
      }
      return groupsIn(all.with(changed), selectors)
    },
  }
}

function groupsOf(dataplane: Dataplane, selectors: SelectorIndex): Set<string> {
  const found = new Set<string>()
  for (const { service, port } of inboundsOf(dataplane.spec)) if (port !== serviceLessPort) found.add(groups.tagged(service))
  for (const { state, port, tags = {} } of dataplane.spec.networking?.inbound ?? []) {
    const service = tags['kuma.io/service']
    if (service && state !== 'Ignored' && port !== serviceLessPort) found.add(groups.addressed(service))
  }
  for (const { kri } of selectors.selecting(dataplane)) found.add(groups.selected(kri))
  return found
}
