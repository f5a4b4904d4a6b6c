import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { ZoneIngressSpec } from '../core/kinds/zone-ingress.js'
import type { Resource } from '../core/resource.js'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import { TrafficDirection } from '../gen/envoy/config/core/v3/base.js'
import type { ClusterLoadAssignment } from '../gen/envoy/config/endpoint/v3/endpoint.js'
import type { Listener } from '../gen/envoy/config/listener/v3/listener.js'
import type { RouteConfiguration } from '../gen/envoy/config/route/v3/route.js'
import type { Fleet, ProxyKey } from '../translate/fleet.js'
import { identityUris } from '../translate/identity-uris.js'
import type { MeshContext } from '../translate/mesh-context.js'
import { names, spiffeId } from '../translate/names.js'
import { readNodeMetadata } from '../translate/node-metadata.js'
import { inboundsOf } from '../translate/proxy.js'
import type { IdentityMaterial } from '../translate/secrets.js'
import type { Snapshot } from '../translate/snapshot.js'
import type { ProxyOptions } from '../translate/translate.js'
import { workloadIdentityOf } from '../translate/workload-identity.js'
import { type SocketTarget, socketTarget } from './addresses.js'

export interface SimulateOptions {
  /** What a proxy's translation is given: node metadata, and what reads raw configuration. Certificates are taken as there. */
  readonly proxyOptions?: (proxy: ProxyKey) => ProxyOptions
  /** Fleets of other zones: what goes through their ingresses is followed there. Without, it ends at the ingress. */
  readonly otherZones?: Iterable<Fleet>
}

/** A proxy with its configuration. */
export interface SimulatedProxy {
  readonly key: ProxyKey
  readonly mesh?: MeshContext
  readonly dataplane?: Resource<DataplaneSpec>
  readonly listeners: readonly Listener[]
  cluster(name: string): Cluster | undefined
  endpoints(cluster: string): ClusterLoadAssignment | undefined
  routes(name: string): RouteConfiguration | undefined
  /** URIs on its certificate, as peers in a mesh see them. */
  urisIn(mesh: string | undefined): readonly string[]
}

/** The proxies of a fleet: each is translated when it is first asked for. */
export interface Proxies {
  readonly fleet: Fleet
  of(key: ProxyKey): SimulatedProxy
  /** The proxy that takes connections at an address, where it listens for them, and the proxies of its zone. */
  at(target: SocketTarget, mesh: string | undefined): Taker | undefined
}

export interface Taker {
  readonly zone: Proxies
  readonly proxy: SimulatedProxy
  readonly listener: Listener
}

/** The proxies of a zone, and through their addresses those of others. */
export function createProxies(fleet: Fleet, { otherZones = [], ...options }: SimulateOptions = {}): Proxies {
  const zones = [fleet, ...otherZones].map((one) => createZone(one, options))
  const linked: Proxies[] = zones.map((zone) => ({
    fleet: zone.fleet,
    of: zone.of,
    at(target, mesh) {
      // Zones may use the same addresses: one's own come first.
      for (const one of new Set([zone, ...zones])) {
        const found = one.at(target, mesh)
        if (found) return { ...found, zone: linked[zones.indexOf(one)]! }
      }
      return undefined
    },
  }))
  return linked[0]!
}

/** What is known of one zone by itself. */
interface Zone extends Omit<Proxies, 'at'> {
  at(target: SocketTarget, mesh: string | undefined): Omit<Taker, 'zone'> | undefined
}

function createZone(fleet: Fleet, { proxyOptions = () => ({}) }: Pick<SimulateOptions, 'proxyOptions'>): Zone {
  const known = new Map<string, SimulatedProxy>()
  let doors: ReadonlyMap<string, readonly Door[]> | undefined
  const of = (key: ProxyKey) => {
    const name = `${key.mesh ?? ''}/${key.type ?? ''}/${key.name}`
    let proxy = known.get(name)
    if (!proxy) {
      proxy = readProxy(fleet, key, proxyOptions(key))
      known.set(name, proxy)
    }
    return proxy
  }
  return {
    fleet,
    of,
    at({ address, port }, mesh) {
      doors ??= doorsOf(fleet)
      const found = doors.get(`${address}|${port}`) ?? []
      const door = found.find(({ key }) => key.mesh === mesh) ?? found[0]
      if (!door) return undefined
      const proxy = of(door.key)
      const listener = proxy.listeners.find((one) => {
        const bound = socketTarget(one.address)
        return one.trafficDirection === TrafficDirection.INBOUND && bound?.address === door.address && bound.port === door.port
      })
      return listener && { proxy, listener }
    },
  }
}

/** An address of a proxy that others dial, and where it listens itself. */
interface Door extends SocketTarget {
  readonly key: ProxyKey
}

function doorsOf(fleet: Fleet): Map<string, Door[]> {
  const doors = new Map<string, Door[]>()
  const add = (dialled: SocketTarget, door: Door) => {
    const key = `${dialled.address}|${dialled.port}`
    doors.set(key, [...(doors.get(key) ?? []), door])
  }
  for (const key of fleet.proxies()) {
    if (key.mesh === undefined) {
      const { address = '', port = 0, advertisedAddress = address, advertisedPort = port } = zoneProxyOf(fleet, key)?.spec.networking ?? {}
      add({ address: advertisedAddress, port: advertisedPort }, { key, address, port })
      continue
    }
    const dataplane = dataplaneOf(fleet, key)
    for (const { advertisedAddress, address, port } of dataplane ? inboundsOf(dataplane.spec) : [])
      add({ address: advertisedAddress, port }, { key, address, port })
  }
  return doors
}

function dataplaneOf(fleet: Fleet, { mesh, name }: ProxyKey): Resource<DataplaneSpec> | undefined {
  return mesh === undefined ? undefined : fleet.mesh(mesh)?.dataplanes.find((dataplane) => dataplane.name === name)
}

function zoneProxyOf(fleet: Fleet, { type = '', name }: ProxyKey): Resource<ZoneIngressSpec> | undefined {
  const [anyMesh = ''] = meshNames(fleet)
  return fleet
    .mesh(anyMesh)
    ?.resourcesOf<ZoneIngressSpec>(type)
    .find((resource) => resource.name === name)
}

const assumed = new TextEncoder().encode('assumed')

function readProxy(fleet: Fleet, key: ProxyKey, options: ProxyOptions): SimulatedProxy {
  const identity: IdentityMaterial = {
    certificateChain: assumed,
    privateKey: assumed,
    trustedCas: new Map(meshNames(fleet).map((mesh) => [mesh, assumed])),
  }
  const { snapshot } = fleet.translate(key, { identity, workloadIdentity: identity, ...options })
  const mesh = key.mesh === undefined ? undefined : fleet.mesh(key.mesh)
  const dataplane = dataplaneOf(fleet, key)
  return {
    key,
    mesh,
    dataplane,
    listeners: [...snapshot.listeners.values()].map(({ message }) => message as Listener),
    cluster: (name) => messageOf<Cluster>(snapshot, 'clusters', name),
    endpoints: (name) => messageOf<ClusterLoadAssignment>(snapshot, 'endpoints', name),
    routes: (name) => messageOf<RouteConfiguration>(snapshot, 'routes', name),
    urisIn(asSeenIn) {
      if (dataplane && mesh) return ownUris(mesh, dataplane, options)
      return asSeenIn === undefined ? [] : [spiffeId(asSeenIn, names.zoneEgressService)]
    },
  }
}

function meshNames(fleet: Fleet): readonly string[] {
  return [...new Set(fleet.proxies().flatMap(({ mesh }) => mesh ?? []))]
}

function messageOf<T>(snapshot: Snapshot, type: keyof Snapshot, name: string): T | undefined {
  return snapshot[type].get(name)?.message as T | undefined
}

function ownUris(mesh: MeshContext, dataplane: Resource<DataplaneSpec>, { metadata }: ProxyOptions): readonly string[] {
  const own = workloadIdentityOf(dataplane, mesh, readNodeMetadata(metadata), () => {})
  return own ? [own.spiffeId] : identityUris(mesh.name, dataplane)
}
