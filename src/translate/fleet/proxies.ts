import { type Resource, type ResourceKey, keyOf } from '../../core/resource.js'
import type { ProxyKey } from '../proxy-key.js'
import { type ZoneProxySpec, isRemote } from '../zone-proxy/context.js'
import { zoneProxyTypes } from '../zone-proxy/translate.js'
import type { FleetMemory } from './memory.js'
import { type EffectiveChange, type FleetState, findInState } from './state.js'

/** Whether anybody is to be told when what a proxy gets has changed. */
export type Watched = (proxy: ResourceKey) => boolean

/** The resource of a proxy of this zone. */
export function findProxy(state: FleetState, { mesh, name, type }: ProxyKey, zone: string): Resource | undefined {
  if (mesh !== undefined) return findInState(state, { type: 'Dataplane', mesh, name })
  return zoneProxyTypes
    .filter((known) => type === undefined || type === known)
    .map((known) => findInState(state, { type: known, name }) as Resource<ZoneProxySpec> | undefined)
    .find((resource) => resource !== undefined && !isRemote(resource, zone))
}

export function unknownProxy({ mesh, name }: ProxyKey, zone: string): string {
  return mesh === undefined
    ? `there is no ${zoneProxyTypes.join(' or ')} "${name}" of zone "${zone}" in this fleet`
    : `there is no Dataplane "${name}" in mesh "${mesh}" of this fleet`
}

/** Keys by mesh and name, those of no mesh first; each once. */
export function sortedKeys(keys: readonly ProxyKey[]): ProxyKey[] {
  const texts = new Map(keys.map((key) => [textOf(key), key]))
  return [...texts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, key]) => key)
}

const textOf = ({ mesh = '', name, type = '' }: ProxyKey) => `${mesh}/${name}/${type}`

/** All proxies of a zone, sorted. */
export function proxiesOf(state: FleetState, zone: string): ProxyKey[] {
  const keys = [...state.own.values()].flatMap((lists) => (lists.get('Dataplane') ?? []).map(keyOfProxy))
  return sortedKeys([...keys, ...zoneProxiesOf(state, zone).map(keyOfProxy)])
}

function zoneProxiesOf({ global }: FleetState, zone: string): Resource<ZoneProxySpec>[] {
  const all = zoneProxyTypes.flatMap((type) => (global.get(type) ?? []) as readonly Resource<ZoneProxySpec>[])
  return all.filter((resource) => !isRemote(resource, zone))
}

function keyOfProxy({ type, mesh, name }: Resource): ProxyKey {
  return mesh === undefined ? { name, type } : { mesh, name }
}

/** Watched proxies of which nothing is remembered, where something has changed that may concern them. */
export function unknownProxies(
  memory: FleetMemory,
  state: FleetState,
  changed: readonly EffectiveChange[],
  zone: string,
  everywhere: boolean,
  watched: Watched,
): ProxyKey[] {
  if (changed.length === 0) return []
  const wide = everywhere || changed.some(({ key }) => key.mesh === undefined && key.type !== 'Mesh')
  const concerned = new Set(changed.map(({ key }) => (key.type === 'Mesh' ? key.name : key.mesh)))
  const inMeshes = [...state.own].flatMap(([mesh, lists]) => {
    const dataplanes = lists.get('Dataplane') ?? []
    if (!(wide || concerned.has(mesh)) || memory.size(mesh) === dataplanes.length) return []
    return dataplanes.filter((dataplane) => watched(dataplane) && !memory.proxy(keyOf(dataplane))).map(keyOfProxy)
  })
  return [
    ...inMeshes,
    ...zoneProxiesOf(state, zone)
      .filter((resource) => watched(resource) && !memory.proxy(keyOf(resource)))
      .map(keyOfProxy),
  ]
}
