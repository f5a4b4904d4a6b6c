import { type ResourceTypeName, type SealedResource, type Snapshot, resourceTypes } from '../translate/snapshot.js'
import { perType } from './stream-state.js'

/** `DiscoveryResponse.resources` or `DeltaDiscoveryResponse.resources` up to the value of the `Any`. */
type Head = (resource: SealedResource) => Buffer

export const typeUrls = Object.fromEntries(resourceTypes.map(({ name, typeUrl }) => [name, typeUrl])) as Readonly<
  Record<ResourceTypeName, string>
>

/**
 * What goes before a resource's bytes in a response. Made once for each resource and protocol and shared by all proxies that get
 * it, as its bytes are: a response is put together from them, nothing is encoded again.
 */
export const readyHead = { sotw: keeping(sotwHead), delta: keeping(deltaHead) } as const

function keeping(head: Head): (resource: SealedResource) => Uint8Array {
  const kept = new WeakMap<SealedResource, Uint8Array>()
  return (resource) => {
    let bytes = kept.get(resource)
    if (!bytes) {
      // A copy: what is kept long must not keep the whole piece of Node's pool that it was made in.
      bytes = new Uint8Array(head(resource))
      kept.set(resource, bytes)
    }
    return bytes
  }
}

/** Number and wire type 2 of a field, for a field number below 16. */
const tag = (field: number) => (field << 3) | 2

/** A whole length-delimited field. */
export function field(number: number, value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return Buffer.concat([prefix(number, bytes.length), bytes])
}

/** Tag and length of a length-delimited field whose content follows. */
export function prefix(number: number, length: number): Buffer {
  const out = [tag(number)]
  let rest = length
  for (; rest > 127; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128)
  out.push(rest)
  return Buffer.from(out)
}

/** `Any` up to its value, and its whole length. */
function anyHead({ type, bytes }: SealedResource): { readonly head: Buffer; readonly length: number } {
  const head = Buffer.concat([field(1, typeUrls[type]), prefix(2, bytes.length)])
  return { head, length: head.length + bytes.length }
}

function sotwHead(resource: SealedResource): Buffer {
  const { head, length } = anyHead(resource)
  return Buffer.concat([prefix(2, length), head])
}

/** `Resource { version = 1, name = 3, resource = 2 }`: the content last, so that it can follow. */
function deltaHead(resource: SealedResource): Buffer {
  const { head, length } = anyHead(resource)
  const before = Buffer.concat([field(1, resource.version), field(3, resource.name), prefix(2, length)])
  return Buffer.concat([prefix(2, before.length + length), before, head])
}

/**
 * The snapshot with the former one's maps for the types in which nothing changed, so that who compares them sees that at a
 * glance; the former one itself where nothing changed at all.
 */
export function keepUnchanged(before: Snapshot | undefined, after: Snapshot): Snapshot {
  if (!before) return after
  const kept = perType((type) => (sameResources(before[type], after[type]) ? before[type] : after[type]))
  return resourceTypes.every(({ name }) => kept[name] === before[name]) ? before : kept
}

function sameResources(before: Snapshot[ResourceTypeName], after: Snapshot[ResourceTypeName]): boolean {
  if (before === after) return true
  if (before.size !== after.size) return false
  for (const [name, resource] of after) if (before.get(name)?.version !== resource.version) return false
  return true
}
