import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import { ClusterLoadAssignment } from '../gen/envoy/config/endpoint/v3/endpoint.js'
import { Listener } from '../gen/envoy/config/listener/v3/listener.js'
import { RouteConfiguration } from '../gen/envoy/config/route/v3/route.js'
import { Secret } from '../gen/envoy/extensions/transport_sockets/tls/v3/secret.js'
import { Runtime } from '../gen/envoy/service/runtime/v3/rtds.js'
import type { ProxyDraft } from './draft.js'
import type { Codec } from './envoy/any.js'
import type { ResourceTypeName, SealedResource, Snapshot } from './snapshot.js'

/** Resources that were sealed before: equal content is one object, whoever gets it. */
export interface SealedPool {
  intern(resource: SealedResource): SealedResource
}

export function createSealedPool(): SealedPool {
  const pool = new Map<string, SealedResource>()
  return {
    intern(resource) {
      const key = `${resource.type}/${resource.name}/${resource.version}`
      const known = pool.get(key)
      if (known) return known
      pool.set(key, resource)
      return resource
    },
  }
}

/** Encodes each draft once; what equals an earlier resource becomes that resource. */
export function seal(draft: ProxyDraft, pool: SealedPool): Snapshot {
  const all = <T>(type: ResourceTypeName, codec: Codec<T>, messages: Iterable<readonly [string, T]>) =>
    new Map(
      [...messages]
        .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
        .map(([name, message]) => [name, pool.intern(sealOne(type, codec, name, message))]),
    )
  return Object.freeze({
    clusters: all(
      'clusters',
      Cluster,
      [...draft.clusters].map(([name, c]) => [name, c.message]),
    ),
    endpoints: all('endpoints', ClusterLoadAssignment, draft.endpoints),
    listeners: all(
      'listeners',
      Listener,
      [...draft.listeners].map(([name, l]) => [name, l.message]),
    ),
    routes: all('routes', RouteConfiguration, draft.routes),
    secrets: all('secrets', Secret, draft.secrets),
    runtimes: all('runtimes', Runtime, draft.runtimes),
  })
}

function sealOne<T>(type: ResourceTypeName, codec: Codec<T>, name: string, message: T): SealedResource<T> {
  const bytes = codec.encode(message).finish()
  return Object.freeze({ name, type, version: bytesToHex(sha256(bytes).subarray(0, 16)), bytes, message })
}
