import type { Resource } from '../../core/resource.js'
import type { ProxyKey } from '../proxy-key.js'
import { type ZoneProxySpec, isRemote } from '../zone-proxy/context.js'
import { zoneProxyTypes } from '../zone-proxy/translate.js'
import { type EffectiveChange, type FleetState, findInState } from './state.js'

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
  const zoneProxies = zoneProxyTypes.flatMap((type) => (state.global.get(type) ?? []) as readonly Resource<ZoneProxySpec>[])
  return sortedKeys([...keys, ...zoneProxies.filter((resource) => !isRemote(resource, zone)).map(keyOfProxy)])
}

function keyOfProxy({ type, mesh, name }: Resource): ProxyKey {
  return mesh === undefined ? { name, type } : { mesh, name }
}

/** Proxies that changes put in, or whose mesh they put in. */
export function newProxies(changed: readonly EffectiveChange[], state: FleetState): ProxyKey[] {
  return changed.flatMap(({ key, before, after }) => {
    if (!after) return []
    if (key.type === 'Dataplane' || zoneProxyTypes.includes(key.type)) return [keyOfProxy(after)]
    if (key.type === 'Mesh' && !before) return (state.own.get(key.name)?.get('Dataplane') ?? []).map(keyOfProxy)
    return []
  })
}
