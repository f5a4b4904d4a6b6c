import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import { ClusterLoadAssignment } from '../gen/envoy/config/endpoint/v3/endpoint.js'
import { Listener } from '../gen/envoy/config/listener/v3/listener.js'
import { RouteConfiguration } from '../gen/envoy/config/route/v3/route.js'
import { Secret } from '../gen/envoy/extensions/transport_sockets/tls/v3/secret.js'
import { Runtime } from '../gen/envoy/service/runtime/v3/rtds.js'
import type { ProxyDraft } from './draft.js'
import { type Codec, encodeMessage } from './envoy/encode.js'
import { type ResourceTypeName, type SealedResource, type Snapshot, resourceTypes } from './snapshot.js'

/** Version of a resource's bytes: the first 16 bytes of their SHA-256, in hexadecimal. */
export type Digest = (bytes: Uint8Array) => string

export const sha256Digest: Digest = (bytes) => bytesToHex(sha256(bytes).subarray(0, 16))

/** Resources that were sealed before: equal content is one object, whoever gets it. */
export interface SealedPool {
  /** Same answer as {@link sha256Digest}, however it is found. */
  readonly digest: Digest
  intern(resource: SealedResource): SealedResource
}

/** Pools smaller than this are not swept. */
const smallPool = 1024

/** A pool that keeps nothing alive: what nobody holds any more goes. */
export function createSealedPool(digest: Digest = sha256Digest): SealedPool {
  const pool = new Map<string, WeakRef<SealedResource>>()
  let sweepAt = smallPool
  function sweep(): void {
    for (const [key, held] of pool) if (held.deref() === undefined) pool.delete(key)
    sweepAt = Math.max(smallPool, pool.size * 2)
  }
  return {
    digest,
    intern(resource) {
      const key = `${resource.type}/${resource.name}/${resource.version}`
      const known = pool.get(key)?.deref()
      if (known) return known
      pool.set(key, new WeakRef(resource))
      if (pool.size > sweepAt) sweep()
      return resource
    },
  }
}

type Messages = {
  readonly [T in ResourceTypeName]: { readonly codec: Codec<unknown>; readonly byName: Iterable<readonly [string, unknown]> }
}

/** What the draft holds of each type, with its codec. */
export function messagesOf(draft: ProxyDraft): Messages {
  const entry = <T>(codec: Codec<T>, byName: Iterable<readonly [string, T]>) => ({ codec: codec as Codec<unknown>, byName })
  return {
    clusters: entry(
      Cluster,
      [...draft.clusters].map(([name, { message }]) => [name, message]),
    ),
    endpoints: entry(ClusterLoadAssignment, draft.endpoints),
    listeners: entry(
      Listener,
      [...draft.listeners].map(([name, { message }]) => [name, message]),
    ),
    routes: entry(RouteConfiguration, draft.routes),
    secrets: entry(Secret, draft.secrets),
    runtimes: entry(Runtime, draft.runtimes),
  }
}

/** Encodes each draft once; what equals an earlier resource becomes that resource. */
export function seal(draft: ProxyDraft, pool: SealedPool): Snapshot {
  const messages = messagesOf(draft)
  const sealed = (type: ResourceTypeName): ReadonlyMap<string, SealedResource> => {
    const { codec, byName } = messages[type]
    return new Map([...byName].sort(byFirst).map(([name, message]) => [name, sealMessage(type, codec, name, message, pool)]))
  }
  return Object.freeze(Object.fromEntries(resourceTypes.map(({ name }) => [name, sealed(name)])) as unknown as Snapshot)
}

/** Order of resources in a snapshot: by name. */
export function byFirst(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0
}

/** Frozen messages are those of many proxies: they are encoded once. */
const shared = new WeakMap<object, SealedResource>()

export function sealMessage<T>(type: ResourceTypeName, codec: Codec<T>, name: string, message: T, pool: SealedPool): SealedResource {
  const known = Object.isFrozen(message) ? shared.get(message as object) : undefined
  if (known) return known
  const sealed = sealBytes(type, name, message, encodeMessage(codec, message), pool)
  if (Object.isFrozen(message)) shared.set(message as object, sealed)
  return sealed
}

export function sealBytes(type: ResourceTypeName, name: string, message: unknown, bytes: Uint8Array, pool: SealedPool): SealedResource {
  return pool.intern(Object.freeze({ name, type, version: pool.digest(bytes), bytes, message }))
}
