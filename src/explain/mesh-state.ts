import { type Resource, keyOf } from '../core/resource.js'
import { type Fleet, type FleetChange, type FleetOptions, type ProxyKey, createFleet } from '../translate/fleet.js'
import type { MeshContext } from '../translate/mesh-context.js'
import { zoneProxyTypes } from '../translate/zone-proxy/translate.js'

/** A mesh as it is, and as it would be: each alternative is indexed once, whichever proxies are asked about. */
export interface MeshState {
  readonly resources: readonly Resource[]
  /** The resource of a proxy. */
  own(proxy: ProxyKey): Resource | undefined
  /** As it is; remembers what it has translated. */
  readonly fleet: Fleet
  /** As it would be after changes; `undefined` where they make it unreadable. `key` tells one question from another. */
  after(changes: readonly FleetChange[], key: string): Fleet | undefined
  inZone(zone: string): Fleet
  /** The state without some of its resources. */
  less(gone: readonly Resource[]): MeshState
}

/** Alternatives beyond so many are indexed again when they are asked for again. */
const alternativesKept = 256

/** @param mesh the one that is asked about; absent: zone proxies, which are in all meshes */
export function createMeshState(given: Iterable<Resource>, mesh: string | undefined, options: FleetOptions): MeshState {
  const resources = [...given]
  const first = createFleet(resources, options)
  // Virtual addresses stay what they are, as in a control plane, which keeps them: only real consequences are to show.
  const known = mesh === undefined ? undefined : first.mesh(mesh)?.vipAddresses
  const steady: FleetOptions = { vips: known && new Map([[mesh!, known]]), ...options }
  return stateOver(resources, first, known?.size ? createFleet(resources, steady) : first, mesh, steady)
}

function stateOver(
  resources: readonly Resource[],
  present: Fleet,
  base: Fleet,
  mesh: string | undefined,
  options: FleetOptions,
): MeshState {
  // What alternatives have in common with the state is indexed before they are made.
  for (const { type, name } of resources) if (type === 'Mesh' && (mesh === undefined || mesh === name)) base.mesh(name)
  const fleets = limited<Fleet | undefined>()
  const states = limited<MeshState>()
  const byKey = new Map(resources.map((resource) => [keyOf(resource), resource]))
  return {
    resources,
    own({ type, mesh: owner, name }) {
      const types = type !== undefined ? [type] : owner === undefined ? zoneProxyTypes : ['Dataplane']
      return types.map((one) => byKey.get(keyOf({ type: one, mesh: owner, name }))).find((resource) => resource !== undefined)
    },
    // A fleet that others are made from forgets; one that equals it does not.
    fleet: present.apply([]).fleet,
    after: (changes, key) => fleets(key, () => unlessBroken(() => base.apply(changes).fleet)),
    inZone: (zone) => fleets(`zone ${zone}`, () => createFleet(resources, { ...options, zone })) as Fleet,
    less: (gone) =>
      states(namesOf(gone), () => {
        const names = new Set(gone.map(keyOf))
        const fleet = base.apply(deletions(gone)).fleet
        return stateOver(
          resources.filter((resource) => !names.has(keyOf(resource))),
          fleet,
          fleet,
          mesh,
          options,
        )
      }),
  }
}

/** The mesh of a proxy that is in one. */
export function meshOf(fleet: Fleet, { mesh }: ProxyKey): MeshContext | undefined {
  return mesh === undefined ? undefined : fleet.mesh(mesh)
}

export const namesOf = (resources: readonly Resource[]): string => resources.map(keyOf).join('\n')

export function deletions(resources: readonly Resource[]): FleetChange[] {
  return resources.map(({ type, mesh, name }) => ({ op: 'delete', key: { type, mesh, name } }))
}

/** Resources that no control plane would admit may break what admitted ones can't. */
export function unlessBroken<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}

/** Makes each thing once, and lets go of the oldest of many. */
function limited<T>(): (key: string, make: () => T) => T {
  const known = new Map<string, T>()
  return (key, make) => {
    if (known.has(key)) return known.get(key) as T
    const made = make()
    known.set(key, made)
    if (known.size > alternativesKept) known.delete(known.keys().next().value as string)
    return made
  }
}
