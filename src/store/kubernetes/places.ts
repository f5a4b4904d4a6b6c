import { keyOf, type ResourceKey } from '../../core/resource.js'
import type { KubernetesApi } from '../../kubernetes-api/api.js'
import { type Layout, group, version } from '../../kubernetes/crd/layout.js'
import type { Place } from '../../kubernetes/crd/mapping.js'

/** Path of a kind's objects: all of them, or those of one namespace. */
export function collectionOf({ native, plural }: Layout, namespace?: string): string {
  const api = native === undefined ? `/apis/${group}/${version}` : '/api/v1'
  return `${api}${namespace === undefined ? '' : `/namespaces/${namespace}`}/${native?.plural ?? plural}`
}

export function pathOf(layout: Layout, { namespace, name }: Place): string {
  return `${collectionOf(layout, namespace)}/${name}`
}

/** A text that is equal for equal places and for nothing else. */
export function placeText(type: string, { namespace, name }: Place): string {
  return `${type}/${namespace ?? ''}/${name}`
}

const longest = 253
const dnsName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** Finds places for new resources. */
export class Places {
  private readonly namespaces = new Map<string, boolean>()

  constructor(
    private readonly api: KubernetesApi,
    private readonly systemNamespace: string,
  ) {}

  /**
   * Where a resource that has no object yet is to be: `name.namespace` in its namespace, others in the control plane's own; under
   * its name where that is free and Kubernetes takes it.
   */
  async placeFor(layout: Layout, key: ResourceKey, isTaken: (place: Place) => boolean): Promise<Place> {
    for (const place of this.candidates(layout, key)) {
      if (isTaken(place)) continue
      const { namespace } = place
      if (namespace === undefined || namespace === this.systemNamespace || (await this.exists(namespace))) return place
    }
    throw new Error('there is always another candidate')
  }

  private *candidates({ namespaced, native }: Layout, key: ResourceKey): Generator<Place> {
    const { name } = key
    const [, own, namespace] = /^(.*)\.([^.]+)$/.exec(name) ?? []
    if (namespaced && native === undefined && own !== undefined && namespace !== undefined && fits(own) && dnsLabel.test(namespace)) {
      yield { namespace, name: own }
    }
    const system = namespaced ? { namespace: this.systemNamespace } : {}
    if (fits(name)) yield { ...system, name }
    const plain = name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 200)
    const base = `${plain === '' ? 'x' : plain}-${fingerprint(keyOf(key))}`
    yield { ...system, name: base }
    for (let i = 2; ; i++) yield { ...system, name: `${base}-${i}` }
  }

  private async exists(namespace: string): Promise<boolean> {
    if (this.namespaces.get(namespace)) return true
    const found = await this.api.send('GET', `/api/v1/namespaces/${namespace}`).then(
      () => true,
      () => false,
    )
    this.namespaces.set(namespace, found)
    return found
  }
}

function fits(name: string): boolean {
  return name.length <= longest && dnsName.test(name)
}

/** FNV-1a: only to keep names apart, nothing rests on it. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0')
}
