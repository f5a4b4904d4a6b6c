/** The policies of one kind, so kept that matching a proxy looks only at those that could select it. */
import { displayName, isShadow, label } from './resource-labels.js'
import { inStoreOrder } from './order.js'
import { type Selection, isNamespaced, reaches, select, selectableKinds, selectsAnything, serviceTags } from './match.js'
import { type Policy, type TargetRef, topLevelOf } from './policy-spec.js'
import { type ProxyShape, listenerKey } from './proxy-shape.js'
import { targetKri } from './resolve.js'
import { pairOf } from './resource-index.js'
import type { Tags } from '../tags.js'

/** A policy that concerns a proxy, and what of it. */
export interface MatchedPolicy {
  readonly policy: Policy
  readonly selection: Selection
}

export interface Matched {
  /** In store order. */
  readonly policies: readonly MatchedPolicy[]
  readonly warnings: readonly string[]
}

export interface PolicyIndex {
  /** All that count, in store order. */
  readonly policies: readonly Policy[]
  match(proxy: ProxyShape): Matched
  /**
   * What {@link match} finds, as a text that is equal for proxies of which the same parts are selected by the same policies. The
   * proxy's own address does not stand in it.
   */
  selection(proxy: ProxyShape): string
  /** The MeshHTTPRoute that a policy's own targetRef names, where it names one. */
  routeOf(policy: Policy): Policy | undefined
}

/** A policy with the reference that decides what it selects: its own, or that of the MeshHTTPRoute it names. */
interface Entry {
  readonly policy: Policy
  readonly position: number
  readonly holder: Policy
  readonly ref: TargetRef
  readonly warning?: string
}

/**
 * @param policies of one kind and mesh
 * @param routes the MeshHTTPRoutes of the mesh, sorted by name
 */
export function createPolicyIndex(policies: readonly Policy[], routes: readonly Policy[], includeShadow: boolean): PolicyIndex {
  const routesByName = new Map([...routes].reverse().map((route) => [displayName(route), route]))
  const routeOf = (policy: Policy) => {
    const { kind, name = '' } = topLevelOf(policy)
    return kind === 'MeshHTTPRoute' ? routesByName.get(name) : undefined
  }
  const entries = inStoreOrder(policies.filter((policy) => includeShadow || !isShadow(policy))).map((policy, position) =>
    entryOf(policy, position, routeOf(policy)),
  )
  const buckets = fill(entries)
  const selections = new WeakMap<ProxyShape, string>()
  function* matching(proxy: ProxyShape): Generator<{ readonly entry: Entry; readonly selection: Selection }> {
    for (const entry of candidates(buckets, proxy)) {
      // A policy on a route is subject to its own zone and namespace as well as to the route's.
      if (!reaches(entry.policy, proxy)) continue
      const selection = select(entry.holder, entry.ref, proxy)
      if (entry.warning !== undefined || selectsAnything(selection)) yield { entry, selection }
    }
  }
  return {
    policies: entries.map(({ policy }) => policy),
    routeOf,
    match(proxy) {
      const matched: MatchedPolicy[] = []
      const warnings: string[] = []
      for (const { entry, selection } of matching(proxy)) {
        if (entry.warning !== undefined) warnings.push(entry.warning)
        if (selectsAnything(selection)) matched.push({ policy: entry.policy, selection })
      }
      return { policies: matched, warnings }
    },
    selection(proxy) {
      let text = selections.get(proxy)
      if (text === undefined) {
        text = entries.length === 0 ? '' : [...matching(proxy)].map(({ entry, selection }) => selectionText(entry, selection, proxy)).join()
        selections.set(proxy, text)
      }
      return text
    },
  }
}

const numbers = new WeakMap<Policy, number>()
let numbered = 0

/** A number for each policy object; another object is another policy. */
function numberOf(policy: Policy): number {
  let number = numbers.get(policy)
  if (number === undefined) {
    number = ++numbered
    numbers.set(policy, number)
  }
  return number
}

function selectionText({ policy, holder }: Entry, selection: Selection, { resource, inbounds, zoneListeners }: ProxyShape): string {
  const { listeners, hostnames, delegatedGateway } = selection
  const who = holder === policy ? `${numberOf(policy)}` : `${numberOf(policy)}>${numberOf(holder)}`
  const all = [...inbounds, ...zoneListeners].map(listenerKey)
  if (hostnames.length === 0 && !delegatedGateway && listeners.length === new Set(all).size) return who
  const address = resource.spec.networking?.address ?? ''
  const open = (keys: readonly string[]) => keys.map((key) => (key.startsWith(`${address}:`) ? key.slice(address.length) : key)).join('+')
  return `${who}(${open(listeners)}|${open(hostnames)}|${delegatedGateway})`
}

/** One policy, asked whom it concerns. */
export interface PolicyReach {
  /** A proxy that it concerns has each of these among its {@link proxyKeys}. */
  readonly keys: readonly string[]
  /** Whether it makes a difference to the proxy that the policy is there. */
  concerns(proxy: ProxyShape): boolean
}

/** @param routes the MeshHTTPRoutes of the mesh, sorted by name */
export function policyReach(policy: Policy, routes: readonly Policy[]): PolicyReach {
  const index = createPolicyIndex([policy], routes, false)
  return { keys: keysOf(entryOf(policy, 0, index.routeOf(policy))), concerns: (proxy) => index.selection(proxy) !== '' }
}

function entryOf(policy: Policy, position: number, route: Policy | undefined): Entry {
  const holder = route ?? policy
  const ref = topLevelOf(holder)
  if (selectableKinds.has(ref.kind)) return { policy, position, holder, ref }
  const { mesh = '', name } = policy
  const unresolved = `couldn't resolve MeshHTTPRoute targetRef with name '${ref.name ?? ''}'`
  const error = ref.kind === 'MeshHTTPRoute' ? unresolved : `unsupported targetRef kind '${ref.kind}'`
  const warning = `unable to resolve TargetRef on policy: mesh:${mesh} name:${name} error:${JSON.stringify(error)}`
  return { policy, position, holder, ref, warning }
}

/** Entries by one thing that a proxy must have to be selected, so that a look at what a proxy has finds them. */
type Buckets = ReadonlyMap<string, readonly Entry[]>

function fill(entries: readonly Entry[]): Buckets {
  const frequency = new Map<string, number>()
  for (const key of entries.flatMap(keysOf)) frequency.set(key, (frequency.get(key) ?? 0) + 1)
  const buckets = new Map<string, Entry[]>()
  for (const entry of entries) {
    const rarest = keysOf(entry).reduce((a, b) => (frequency.get(b)! < frequency.get(a)! ? b : a))
    const list = buckets.get(rarest)
    if (list) list.push(entry)
    else buckets.set(rarest, [entry])
  }
  return buckets
}

const anyProxy = 'any'
const kriKey = (kri: string) => `kri ${kri}`
const namespaceKey = (namespace: string) => `namespace ${namespace}`
const gatewayKey = (name: string) => `gateway ${name}`
const labelKey = (key: string, value: string) => `label ${pairOf(key, value)}`
const tagKey = (key: string, value: string) => `tag ${pairOf(key, value)}`

/** What a proxy must have to be selected: any one of these is enough to find the entry by. Never empty. */
function keysOf({ holder, ref }: Entry): string[] {
  const keys: string[] = []
  const exact = (tags: Tags) => Object.entries(tags).filter(([, value]) => value !== '*')
  if (isNamespaced(holder)) keys.push(namespaceKey(holder.labels[label.namespace] ?? ''))
  if (ref.kind === 'Dataplane' && ref.name && !ref.labels) keys.push(kriKey(targetKri(holder, ref) ?? ''))
  // An empty value is had by who has no such label, so it can't be looked up.
  const labels = ref.kind === 'Dataplane' && !ref.name ? Object.entries(ref.labels ?? {}).filter(([, value]) => value !== '') : []
  keys.push(...labels.map(([key, value]) => labelKey(key, value)))
  if (ref.kind === 'MeshGateway') keys.push(gatewayKey(ref.name ?? ''))
  if (ref.kind === 'MeshSubset') keys.push(...exact(ref.tags ?? {}).map(([key, value]) => tagKey(key, value)))
  if (ref.kind === 'MeshService' || ref.kind === 'MeshServiceSubset')
    keys.push(...exact(serviceTags(ref)).map(([key, value]) => tagKey(key, value)))
  return keys.length === 0 ? [anyProxy] : keys
}

function candidates(buckets: Buckets, proxy: ProxyShape): readonly Entry[] {
  if (buckets.size === 0) return []
  return [...proxyKeys(proxy)].flatMap((key) => buckets.get(key) ?? []).sort((a, b) => a.position - b.position)
}

const keysOfProxies = new WeakMap<ProxyShape, ReadonlySet<string>>()

/** What a proxy has that policies may ask for. */
export function proxyKeys(proxy: ProxyShape): ReadonlySet<string> {
  const known = keysOfProxies.get(proxy) ?? keysOfProxy(proxy)
  keysOfProxies.set(proxy, known)
  return known
}

function keysOfProxy({ kri, resource, inbounds, delegatedGatewayTags, gateway }: ProxyShape): Set<string> {
  const keys = new Set([anyProxy, kriKey(kri)])
  const { labels } = resource
  keys.add(namespaceKey(labels[label.namespace] ?? ''))
  for (const [key, value] of Object.entries(labels)) keys.add(labelKey(key, value))
  if (gateway) keys.add(gatewayKey(gateway.name))
  const tagSets = [...inbounds, ...(gateway?.listeners ?? [])].map(({ tags }) => tags)
  for (const tags of [...tagSets, delegatedGatewayTags ?? {}]) for (const [key, value] of Object.entries(tags)) keys.add(tagKey(key, value))
  return keys
}
