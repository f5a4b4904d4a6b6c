/** The resources of a mesh as targetRefs find them: by identifier and by labels. */
import type { Resource } from '../../core/resource.js'
import { realService, serviceKinds, type ServiceKind } from '../services.js'
import { kriOf, targetShortNames } from './kri.js'
import type { Tags } from '../tags.js'

/** Where the engine finds the resources of one mesh and the global ones: each list sorted by name. */
export interface ResourceSource {
  /** Name of the mesh. */
  readonly name: string
  resourcesOf<Spec = unknown>(type: string): readonly Resource<Spec>[]
}

export interface Port {
  /** Its name, or its number as text. */
  readonly name: string
  readonly port: number
}

export interface ResourceIndex {
  /** The resource that an identifier without a section stands for. */
  get(kind: string, kri: string): Resource | undefined
  /** Resources of a kind that have all the labels, in store order. */
  byLabels(kind: string, labels: Tags): readonly Resource[]
  /** Ports of a service; `undefined` for resources that can't have sections. */
  portsOf(kind: string, resource: Resource): readonly Port[] | undefined
}

/** Indexes each kind when it is first asked for. */
export function createResourceIndex(source: ResourceSource): ResourceIndex {
  const byKri = memo((kind: string) => {
    const shortName = targetShortNames.get(kind)
    return new Map(shortName === undefined ? [] : [...source.resourcesOf(kind)].reverse().map((r) => [kriOf(r, shortName), r] as const))
  })
  const byPair = memo((kind: string) => {
    const pairs = new Map<string, Resource[]>()
    for (const resource of source.resourcesOf(kind)) {
      for (const [key, value] of Object.entries(resource.labels)) {
        const list = pairs.get(pairOf(key, value))
        if (list) list.push(resource)
        else pairs.set(pairOf(key, value), [resource])
      }
    }
    return pairs
  })
  return {
    get: (kind, kri) => byKri(kind).get(kri),
    byLabels(kind, labels) {
      const entries = Object.entries(labels)
      let fewest = source.resourcesOf(kind)
      for (const [key, value] of entries) {
        const list = byPair(kind).get(pairOf(key, value)) ?? []
        if (list.length < fewest.length) fewest = list
      }
      return fewest.filter((resource) => entries.every(([key, value]) => resource.labels[key] === value))
    },
    portsOf: (kind, resource) => (kind in serviceKinds ? realService(kind as ServiceKind, resource).ports : undefined),
  }
}

/** A key and value as one text, for maps. */
export function pairOf(key: string, value: string): string {
  return `${key}=${value}`
}

function memo<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>()
  return (key) => {
    let value = made.get(key)
    if (value === undefined) {
      value = make(key)
      made.set(key, value)
    }
    return value
  }
}
