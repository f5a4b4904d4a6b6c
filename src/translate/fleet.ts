import { KumaError } from '../core/errors.js'
import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import { type Resource, type ResourceKey, keyOf } from '../core/resource.js'
import { type CrossMeshGateways, crossMeshGateways, mayCrossMeshes } from './cross-mesh.js'
import { FleetMemory, type Outcome, type ProxyMemory } from './fleet/memory.js'
import { type Watched, findProxy, proxiesOf, sortedKeys, unknownProxies, unknownProxy } from './fleet/proxies.js'
import { type FleetState, allOf, changeOf, findInState, listsOf, nextState, stateOf } from './fleet/state.js'
import { type MeshUpdate, meshesCell, touchedProxies } from './fleet/touched.js'
import { type ProxyChange, resourceChanges } from './fleet/proxy-changes.js'
import { rememberedOutcome, translateAlone, translateDataplane } from './fleet/translate-proxy.js'
import type { MeshContext, MeshContextOptions } from './mesh-context.js'
import { type MeshIndex, indexMesh } from './mesh-index.js'
import type { ProxyKey } from './proxy-key.js'
import { type Digest, type SealedPool, createSealedPool } from './seal.js'
import { type ProxyOptions, type Translation, translateProxy } from './translate.js'
import type { ZoneProxySpec } from './zone-proxy/context.js'
import { translateZoneProxy } from './zone-proxy/translate.js'

export type { ProxyKey } from './proxy-key.js'
export type { ProxyChange, ResourceChange } from './fleet/proxy-changes.js'

export interface FleetOptions extends Partial<MeshContextOptions> {
  /** The hash that versions are made with, where there is a faster one than this library's own; its answers have to be the same. */
  readonly digest?: Digest
  /**
   * Which proxies somebody translates as they change. Others that were not translated before are left out of
   * {@link FleetUpdate.touched}, which would be long in a control plane that serves a part of the proxies. Default: all.
   */
  readonly watched?: Watched
}

/** One change of the resources that a fleet is made of. */
export type FleetChange = { readonly op: 'put'; readonly resource: Resource } | { readonly op: 'delete'; readonly key: ResourceKey }

/** A fleet after changes. */
export interface FleetUpdate {
  readonly fleet: Fleet
  /**
   * Proxies that have to be translated anew: those of which something has changed that their last translation read, and those that
   * were not translated before but are watched, in meshes that have changed. Sorted by mesh and name.
   */
  readonly touched: readonly ProxyKey[]
  /**
   * Exactly what has changed for each proxy that had been translated before, found by translating those that are touched with the
   * options that they had. Proxies for which nothing has changed are left out.
   */
  changes(): readonly ProxyChange[]
}

/** Whole meshes, indexed once: translates any of their proxies. Immutable; a change makes another fleet. */
export interface Fleet {
  /** All proxies of this zone, sorted by mesh and name, those of no mesh first. */
  proxies(): readonly ProxyKey[]
  /**
   * The same object as before where nothing that the translation depends on has changed.
   * @throws KumaError `unknown-mesh`, `unknown-proxy`: ask {@link Fleet.has} first
   */
  translate(proxy: ProxyKey, options?: ProxyOptions): Translation
  has(proxy: ProxyKey): boolean
  /**
   * The fleet after the changes. It shares all that they don't touch, and what was translated before passes on to it: this fleet
   * keeps its answers, but works them out afresh from then on.
   */
  apply(changes: readonly FleetChange[]): FleetUpdate
  /** Lets go of what is remembered of a proxy that won't be asked for soon. */
  forget(proxy: ProxyKey): void
  /** The shared part of a mesh, for those who ask about it. */
  mesh(name: string): MeshContext | undefined
}

/** Indexes resources of any number of meshes. Their order never matters. */
export function createFleet(resources: Iterable<Resource>, { digest, watched = () => true, ...options }: FleetOptions = {}): Fleet {
  const all = [...resources]
  return fleetOver(
    stateOf(all),
    { zone: 'default', ...options },
    new Map(),
    createSealedPool(digest),
    new FleetMemory(),
    crossMeshGateways(all),
    watched,
  )
}

function fleetOver(
  state: FleetState,
  options: MeshContextOptions,
  indexes: Map<string, MeshIndex>,
  pool: SealedPool,
  inherited: FleetMemory,
  crossMesh: readonly CrossMeshGateways[],
  watched: Watched,
): Fleet {
  /** Passes on to the next fleet. */
  let memory: FleetMemory | undefined = inherited
  const exists = (mesh: string) => findInState(state, { type: 'Mesh', name: mesh }) !== undefined
  function mesh(name: string): MeshContext | undefined {
    if (!exists(name)) return undefined
    const index = indexes.get(name) ?? indexMesh(name, listsOf(state, name), { ...options, crossMesh })
    indexes.set(name, index)
    return index.context
  }
  const find = (proxy: ProxyKey) => findProxy(state, proxy, options.zone)
  const allMeshes = () => (state.global.get('Mesh') ?? []).flatMap(({ name }) => mesh(name) ?? [])

  function translate(proxy: ProxyKey, asked: ProxyOptions = {}): Translation {
    const context = proxy.mesh === undefined ? undefined : mesh(proxy.mesh)
    if (proxy.mesh !== undefined && !context) throw new KumaError('unknown-mesh', `there is no Mesh "${proxy.mesh}" in this fleet`)
    const resource = find(proxy)
    if (!resource) throw new KumaError('unknown-proxy', unknownProxy(proxy, options.zone))
    const zoneProxy = resource as Resource<ZoneProxySpec>
    const { pool: otherPool, ...proxyOptions } = asked
    if (otherPool) {
      if (context) return translateProxy(context, resource as Resource<DataplaneSpec>, asked)
      return translateZoneProxy(allMeshes(), options.zone, zoneProxy, asked)
    }
    const id = keyOf(resource)
    const workshop = { memory: memory ?? new FleetMemory(), pool }
    const known = rememberedOutcome(workshop.memory.proxy(id), proxyOptions)
    if (known) return known.translation
    if (context) return translateDataplane(workshop, context, resource as Resource<DataplaneSpec>, proxy, id, proxyOptions)
    return translateAlone(workshop, proxy, id, proxyOptions, (track, read) => {
      read(meshesCell)
      return translateZoneProxy(allMeshes().map(track), options.zone, zoneProxy, { ...proxyOptions, pool })
    })
  }

  return {
    proxies: () => proxiesOf(state, options.zone),
    has: (proxy) => (proxy.mesh === undefined || exists(proxy.mesh)) && find(proxy) !== undefined,
    mesh,
    translate,
    forget(proxy) {
      const resource = find(proxy)
      if (resource) memory?.forget(keyOf(resource))
    },
    apply(changes) {
      const { state: next, changed } = nextState(state, changes)
      const crossing = changed.some(({ before, after }) => [before, after].some((one) => one && mayCrossMeshes(one)))
      const gateways = crossing ? crossMeshGateways(allOf(next)) : crossMesh
      const updates = new Map<string, MeshUpdate>()
      const kept = new Map(indexes)
      for (const [name, before] of indexes) {
        const change = changeOf(name, changed)
        if (change.types.size === 0 && gateways === crossMesh) continue
        const after =
          findInState(next, { type: 'Mesh', name }) &&
          indexMesh(name, listsOf(next, name), { ...options, crossMesh: gateways }, { before, change })
        if (after) kept.set(name, after)
        else kept.delete(name)
        updates.set(name, { before, after, change })
      }
      const passedOn = memory
      memory = undefined
      const fleet = fleetOver(next, options, kept, pool, passedOn ?? new FleetMemory(), gateways, watched)
      // A fleet that was applied to before remembers nothing: everybody may be touched.
      const known = passedOn ? touchedProxies(passedOn, updates, changed) : new Set<ProxyMemory>()
      const former = [...known].map(({ key, outcomes }) => ({ key, outcomes }))
      const unknown = passedOn ? unknownProxies(passedOn, next, changed, options.zone, crossing, watched) : []
      const concerned = [...former.map(({ key }) => key), ...unknown].filter((proxy) => fleet.has(proxy))
      const everybody = () => (changed.length > 0 ? fleet.proxies() : [])
      const touched = passedOn ? sortedKeys(concerned) : everybody()
      return { fleet, touched, changes: () => proxyChanges(fleet, former) }
    },
  }
}

/** Translates anew what was translated before the change, and compares. */
function proxyChanges(fleet: Fleet, former: readonly { readonly key: ProxyKey; readonly outcomes: readonly Outcome[] }[]): ProxyChange[] {
  return former.flatMap(({ key, outcomes }) => {
    const [last] = outcomes
    if (!last || !fleet.has(key)) return []
    const resources = resourceChanges(last.translation.snapshot, fleet.translate(key, last.options).snapshot)
    return resources.length > 0 ? [{ proxy: key, resources }] : []
  })
}
