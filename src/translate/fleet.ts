import { KumaError } from '../core/errors.js'
import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import { type Resource, type ResourceKey, keyOf } from '../core/resource.js'
import { crossMeshGateways, mayCrossMeshes } from './cross-mesh.js'
import { type MeshContext, type MeshContextOptions, createMeshContext } from './mesh-context.js'
import { createSealedPool } from './seal.js'
import { type ZoneProxySpec, isRemote } from './zone-proxy/context.js'
import { translateZoneProxy, zoneProxyTypes } from './zone-proxy/translate.js'
import { type ProxyOptions, type Translation, translateProxy } from './translate.js'

/** A proxy: its Dataplane's mesh and name, or the name of a ZoneIngress or ZoneEgress, which are in no mesh. */
export interface ProxyKey {
  readonly mesh?: string
  readonly name: string
  /** Which zone proxy, should an ingress and an egress have the same name. */
  readonly type?: string
}

export interface FleetOptions extends Partial<MeshContextOptions> {}

/** One change of the resources that a fleet is made of. */
export type FleetChange = { readonly op: 'put'; readonly resource: Resource } | { readonly op: 'delete'; readonly key: ResourceKey }

/** Whole meshes, indexed once: translates any of their proxies. Immutable; a change makes another fleet. */
export interface Fleet {
  /** All proxies of this zone, sorted by mesh and name, those of no mesh first. */
  proxies(): readonly ProxyKey[]
  /**
   * @throws KumaError `unknown-mesh`, `unknown-proxy`: ask {@link Fleet.has} first
   */
  translate(proxy: ProxyKey, options?: ProxyOptions): Translation
  has(proxy: ProxyKey): boolean
  /** The fleet after the changes, and the meshes whose proxies may get something else. */
  apply(changes: readonly FleetChange[]): { readonly fleet: Fleet; readonly touched: readonly ProxyKey[] }
  /** The shared part of a mesh, for those who ask about it. */
  mesh(name: string): MeshContext | undefined
}

/** Indexes resources of any number of meshes. Their order never matters. */
export function createFleet(resources: Iterable<Resource>, options: FleetOptions = {}): Fleet {
  const all = new Map<string, Resource>()
  for (const resource of resources) all.set(keyOf(resource), resource)
  return fleetOver(all, { zone: 'default', ...options }, new Map(), createSealedPool())
}

function fleetOver(
  all: ReadonlyMap<string, Resource>,
  options: MeshContextOptions,
  meshes: Map<string, MeshContext | undefined>,
  pool: ReturnType<typeof createSealedPool>,
): Fleet {
  let shared: ReturnType<typeof crossMeshGateways> | undefined
  const crossMesh = () => (shared ??= crossMeshGateways(all.values()))
  const mesh = (name: string): MeshContext | undefined => {
    if (!meshes.has(name)) {
      const exists = all.has(keyOf({ type: 'Mesh', name }))
      const own = exists ? [...all.values()].filter((r) => r.mesh === name || r.mesh === undefined) : []
      meshes.set(name, exists ? createMeshContext(name, own, { ...options, crossMesh: crossMesh() }) : undefined)
    }
    return meshes.get(name)
  }
  const dataplane = ({ mesh, name }: ProxyKey) => all.get(keyOf({ type: 'Dataplane', mesh, name })) as Resource<DataplaneSpec> | undefined
  const zoneProxy = ({ name, type }: ProxyKey) =>
    zoneProxyTypes
      .filter((known) => type === undefined || type === known)
      .map((known) => all.get(keyOf({ type: known, name })) as Resource<ZoneProxySpec> | undefined)
      .find((resource) => resource !== undefined && !isRemote(resource, options.zone))
  const meshContexts = () =>
    [...all.values()].flatMap(({ type, name }) => (type === 'Mesh' ? (mesh(name) ?? []) : [])).sort((a, b) => (a.name < b.name ? -1 : 1))
  const proxies = () => {
    const keys: ProxyKey[] = []
    for (const resource of all.values()) {
      const { type, mesh, name } = resource
      if (type === 'Dataplane' && mesh !== undefined) keys.push({ mesh, name })
      else if (zoneProxyTypes.includes(type) && !isRemote(resource as Resource<ZoneProxySpec>, options.zone)) keys.push({ name, type })
    }
    const sortable = ({ mesh = '', name, type = '' }: ProxyKey) => `${mesh}/${name}/${type}`
    return keys.sort((a, b) => (sortable(a) < sortable(b) ? -1 : 1))
  }
  const hasMesh = ({ mesh: name }: ProxyKey) => name !== undefined && mesh(name) !== undefined
  return {
    proxies,
    has: (proxy) => (proxy.mesh === undefined ? zoneProxy(proxy) !== undefined : dataplane(proxy) !== undefined && hasMesh(proxy)),
    mesh,
    translate(proxy, proxyOptions) {
      if (proxy.mesh === undefined) {
        const resource = zoneProxy(proxy)
        if (!resource)
          throw new KumaError(
            'unknown-proxy',
            `there is no ${zoneProxyTypes.join(' or ')} "${proxy.name}" of zone "${options.zone}" in this fleet`,
          )
        return translateZoneProxy(meshContexts(), options.zone, resource, { pool, ...proxyOptions })
      }
      const context = mesh(proxy.mesh)
      if (!context) throw new KumaError('unknown-mesh', `there is no Mesh "${proxy.mesh}" in this fleet`)
      const resource = dataplane(proxy)
      if (!resource) throw new KumaError('unknown-proxy', `there is no Dataplane "${proxy.name}" in mesh "${proxy.mesh}" of this fleet`)
      return translateProxy(context, resource, { pool, ...proxyOptions })
    },
    apply(changes) {
      const next = new Map(all)
      const touchedMeshes = new Set<string | undefined>()
      for (const change of changes) {
        const key = change.op === 'put' ? change.resource : change.key
        touchedMeshes.add(key.type === 'Mesh' ? key.name : key.mesh)
        const versions = [all.get(keyOf(key)), change.op === 'put' ? change.resource : undefined]
        // What a mesh has for the others changes them, too.
        if (versions.some((version) => version && mayCrossMeshes(version))) touchedMeshes.add(undefined)
        if (change.op === 'put') next.set(keyOf(key), change.resource)
        else next.delete(keyOf(key))
      }
      const everything = touchedMeshes.has(undefined)
      const kept = new Map(everything ? [] : [...meshes].filter(([name]) => !touchedMeshes.has(name)))
      const fleet = fleetOver(next, options, kept, pool)
      // Zone proxies serve all meshes.
      const touched = fleet
        .proxies()
        .filter((p) => everything || (p.mesh === undefined ? touchedMeshes.size > 0 : touchedMeshes.has(p.mesh)))
      return { fleet, touched }
    },
  }
}
