import { createHash } from 'node:crypto'
import type { DataSource } from '../../src/gen/envoy/config/core/v3/base.js'
import { Cluster } from '../../src/gen/envoy/config/cluster/v3/cluster.js'
import { ClusterLoadAssignment } from '../../src/gen/envoy/config/endpoint/v3/endpoint.js'
import { Listener } from '../../src/gen/envoy/config/listener/v3/listener.js'
import { RouteConfiguration } from '../../src/gen/envoy/config/route/v3/route.js'
import { Secret } from '../../src/gen/envoy/extensions/transport_sockets/tls/v3/secret.js'
import { Runtime } from '../../src/gen/envoy/service/runtime/v3/rtds.js'
import { perType } from '../../src/server/stream-state.js'
import type { ResourceTypeName, SealedResource, Snapshot } from '../../src/translate/snapshot.js'

/** A resource of a made-up world: its revision and, for listeners (routes) and routes (clusters), what it refers to. */
export type Entry = number | { readonly revision: number; readonly refers: readonly string[] }

/** What a proxy is to get: by type and name. Clusters take their endpoints from the resource of their name. */
export type World = { readonly [T in ResourceTypeName]?: Readonly<Record<string, Entry>> }

/** A resource as a client sees it. */
export interface Seen {
  readonly name: string
  readonly revision: number
  readonly refers: readonly string[]
}

const split = (entry: Entry) => (typeof entry === 'number' ? { revision: entry, refers: [] } : entry)
const joined = (entry: Entry) => [split(entry).revision, ...split(entry).refers].join(' ')
function parted(name: string | undefined, text: string | undefined): Seen {
  const [revision, ...refers] = (text ?? '').split(' ')
  return { name: name ?? '', revision: Number(revision), refers }
}

interface Shape {
  encode(name: string, entry: Entry): { readonly message: unknown; readonly bytes: Uint8Array }
  decode(bytes: Uint8Array): Seen
}

function shape<T>(
  codec: { encode(message: T): { finish(): Uint8Array }; decode(bytes: Uint8Array): T },
  make: (name: string, text: string) => T,
  read: (message: T) => Seen,
): Shape {
  return {
    encode(name, entry) {
      const message = make(name, joined(entry))
      return { message, bytes: codec.encode(message).finish() }
    },
    decode: (bytes) => read(codec.decode(bytes)),
  }
}

/** Where the revision and the references stand in each type: in a text field that nobody else uses here. */
const shapes: { readonly [T in ResourceTypeName]: Shape } = {
  clusters: shape(
    Cluster,
    (name, altStatName) => ({ name, altStatName, edsClusterConfig: { edsConfig: {} } }),
    (m) => parted(m.name, m.altStatName),
  ),
  endpoints: shape(
    ClusterLoadAssignment,
    (clusterName, zone) => ({ clusterName, endpoints: [{ locality: { zone } }] }),
    (m) => parted(m.clusterName, m.endpoints?.[0]?.locality?.zone),
  ),
  listeners: shape(
    Listener,
    (name, statPrefix) => ({ name, statPrefix }),
    (m) => parted(m.name, m.statPrefix),
  ),
  routes: shape(
    RouteConfiguration,
    (name, text) => ({ name, internalOnlyHeaders: [text] }),
    (m) => parted(m.name, m.internalOnlyHeaders?.[0]),
  ),
  secrets: shape(
    Secret,
    (name, text) => ({ name, type: { $case: 'genericSecret' as const, genericSecret: { secret: inline(text) } } }),
    (m) => {
      const source = m.type?.$case === 'genericSecret' ? m.type.genericSecret.secret?.specifier : undefined
      return parted(m.name, source?.$case === 'inlineString' ? source.inlineString : undefined)
    },
  ),
  runtimes: shape(
    Runtime,
    (name, text) => ({ name, layer: { text } }),
    (m) => parted(m.name, m.layer?.['text']),
  ),
}

function inline(text: string): DataSource {
  return { specifier: { $case: 'inlineString', inlineString: text } }
}

const sealedOnes = new Map<string, SealedResource>()

export function sealed(type: ResourceTypeName, name: string, entry: Entry): SealedResource {
  const key = `${type}/${name}/${joined(entry)}`
  const known = sealedOnes.get(key)
  if (known) return known
  const { message, bytes } = shapes[type].encode(name, entry)
  const version = createHash('sha256').update(bytes).digest('hex').slice(0, 32)
  const made: SealedResource = Object.freeze({ name, type, version, bytes, message })
  sealedOnes.set(key, made)
  return made
}

/** Equal entries are one object, as they are when they come out of one fleet. */
export function snapshotOf(world: World): Snapshot {
  return perType((type) => new Map(Object.entries(world[type] ?? {}).map(([name, entry]) => [name, sealed(type, name, entry)])))
}

export function seenIn(type: ResourceTypeName, bytes: Uint8Array): Seen {
  return shapes[type].decode(bytes)
}
