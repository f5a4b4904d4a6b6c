import type { Resource } from '../core/resource.js'
import { type Fleet, type ProxyKey, createFleet } from '../translate/fleet.js'
import type { Digest } from '../translate/seal.js'
import type { ResourceTypeName, SealedResource, Snapshot } from '../translate/snapshot.js'
import { resourceTypes } from '../translate/snapshot.js'
import type { ProxyOptions, Translation } from '../translate/translate.js'
import { assumedIdentity } from './assumed-identity.js'
import { behaviourOf } from './behaviour.js'
import { concernedBy } from './concerned.js'
import { type DropQuestions, dropsOf } from './drops.js'
import { type FieldChange, fieldChanges } from './field-changes.js'
import { meaningOf } from './meaning.js'
import { type Caller, callersOf, createAdmission } from './permissions.js'
import { plainMessage, plainSecret } from './plain-message.js'
import { compareResources } from './resource-changes.js'
import { type EnvoyChange, type Meaning, type Plan, type ProxyPlan, worst } from './result.js'

export interface PlanOptions {
  /** What a proxy's translation is given, on both sides: node metadata, certificates, and what reads raw configuration. */
  readonly proxyOptions?: (proxy: ProxyKey) => ProxyOptions
  /** The hash that resources are told apart by, where there is a faster one than this library's own; its answers have to be the same. */
  readonly digest?: Digest
}

/**
 * What a change of a whole mesh, or of several, will do: which proxies get what, what that means to traffic, and what Envoy does to
 * connections when it comes.
 */
export function plan(before: Iterable<Resource>, after: Iterable<Resource>, options: PlanOptions = {}): Plan {
  const [all, next] = [[...before], [...after]]
  const { changes, applied, states } = compareResources(all, next)
  const old = createFleet(all, { digest: options.digest })
  const given = translatorOf(options)
  const meshes = meshesOf([...all, ...next])
  const mayChange = concernedBy(states, [...all, ...next], old)
  const known = applied.length === 0 ? [] : old.proxies().filter(mayChange)
  // A fleet knows what touches a proxy once it has translated it: then the others need no second look.
  const left = new Map(known.map((proxy) => [textOf(proxy), given(old, proxy, meshes)]))
  const { fleet, touched } = old.apply(applied)
  const compare = createComparison(old, fleet, {
    before: (proxy) => left.get(textOf(proxy)),
    after: (proxy) => given(fleet, proxy, meshes),
  })
  const gone = known.filter((proxy) => !fleet.has(proxy))
  const concerned = new Map([...touched.filter(mayChange), ...gone].map((proxy) => [textOf(proxy), proxy]))
  const proxies = [...concerned.values()].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1)).flatMap((proxy) => compare(proxy) ?? [])
  const changed = proxies.filter(({ op }) => op !== 'delete').length
  return {
    impact: worst(proxies.map(({ impact }) => impact)),
    resources: changes,
    proxies,
    unchanged: fleet.proxies().length - changed,
  }
}

const textOf = ({ mesh = '', type = '', name }: ProxyKey) => `${mesh}/${type}/${name}`

const meshesOf = (resources: readonly Resource[]): string[] =>
  [...new Set(resources.flatMap(({ type, mesh }) => (type === 'Dataplane' && mesh !== undefined ? [mesh] : [])))].sort()

function translatorOf({ proxyOptions = () => ({}) }: PlanOptions) {
  return (side: Fleet, proxy: ProxyKey, meshes: readonly string[]): Translation | undefined =>
    side.has(proxy) ? side.translate(proxy, { ...assumedIdentity(side, proxy, meshes), ...proxyOptions(proxy) }) : undefined
}

interface Sides {
  before(proxy: ProxyKey): Translation | undefined
  after(proxy: ProxyKey): Translation | undefined
}

const nothing: Snapshot = Object.fromEntries(resourceTypes.map(({ name }) => [name, new Map()])) as unknown as Snapshot

/** Compares proxies one by one. What many proxies have in common is compared once. */
function createComparison(old: Fleet, fleet: Fleet, sides: Sides): (proxy: ProxyKey) => ProxyPlan | undefined {
  const admission = createAdmission()
  const callers = memo((mesh: string) => [callersOf(old, mesh), callersOf(fleet, mesh)] as const)
  const behaviours = createPairMemo<Pick<EnvoyChange, 'impact' | 'drainedChains' | 'fields'>>()

  function change(
    type: ResourceTypeName,
    before: SealedResource | undefined,
    after: SealedResource | undefined,
    questions: DropQuestions,
  ): EnvoyChange {
    const name = before?.name ?? after?.name ?? ''
    const known = behaviours(before, after, () => withFields(behaviourOf(type, before, after), type, before, after))
    const drops = dropsOf(type, before, after, questions)
    return envoyChange({ type, name, op: before && after ? 'update' : before ? 'delete' : 'create' }, drops, known)
  }

  return (proxy) => {
    const [left, right] = [sides.before(proxy), sides.after(proxy)]
    const [before, after] = [left?.snapshot ?? nothing, right?.snapshot ?? nothing]
    const [callersBefore, callersAfter]: readonly (readonly Caller[])[] = proxy.mesh === undefined ? [[], []] : callers(proxy.mesh)
    const questions: DropQuestions = { before, after, callersBefore: callersBefore ?? [], callersAfter: callersAfter ?? [], admission }
    const pairs = resourceTypes.flatMap(({ name: type }) => differing(type, before, after))
    const issues = (right?.issues ?? []).filter(
      ({ path, message }) => !left?.issues.some((known) => known.path === path && known.message === message),
    )
    if (pairs.length === 0 && issues.length === 0 && left && right) return undefined
    const changes = pairs.map(({ type, was, is }) => change(type, was, is, questions))
    return proxyPlan({ proxy, op: left && right ? 'update' : left ? 'delete' : 'create', changes, issues }, () =>
      pairs.flatMap(({ type, was, is }) => meaningOf(type, was?.name ?? is?.name ?? '', was, is, questions)),
    )
  }
}

interface Pair {
  readonly type: ResourceTypeName
  readonly was?: SealedResource
  readonly is?: SealedResource
}

function differing(type: ResourceTypeName, before: Snapshot, after: Snapshot): Pair[] {
  const pairs: Pair[] = []
  for (const [name, is] of after[type]) {
    const was = before[type].get(name)
    if (was?.version !== is.version) pairs.push({ type, was, is })
  }
  for (const [name, was] of before[type]) if (!after[type].has(name)) pairs.push({ type, was })
  return pairs
}

function memo<T>(make: (key: string) => T): (key: string) => T {
  const known = new Map<string, T>()
  return (key) => {
    if (!known.has(key)) known.set(key, make(key))
    return known.get(key) as T
  }
}

/** Makes one thing of each pair of resources: those that proxies share are one object. */
function createPairMemo<T>(): (before: SealedResource | undefined, after: SealedResource | undefined, make: () => T) => T {
  const known = new Map<SealedResource | undefined, Map<SealedResource | undefined, T>>()
  return (before, after, make) => {
    const byAfter = known.get(before) ?? new Map<SealedResource | undefined, T>()
    known.set(before, byAfter)
    const made = byAfter.get(after) ?? make()
    byAfter.set(after, made)
    return made
  }
}

/** Fields are compared when somebody looks at them. */
function withFields(
  behaviour: ReturnType<typeof behaviourOf>,
  type: ResourceTypeName,
  before: SealedResource | undefined,
  after: SealedResource | undefined,
) {
  let found: readonly FieldChange[] | undefined
  const plain = (sealed: SealedResource) => (type === 'secrets' ? plainSecret(sealed, sealed.version) : plainMessage(sealed.message))
  return {
    ...behaviour,
    get fields() {
      return (found ??= before && after ? fieldChanges(plain(before), plain(after)) : [])
    },
  }
}

function envoyChange(
  what: Pick<EnvoyChange, 'type' | 'name' | 'op'>,
  drops: readonly string[],
  known: Pick<EnvoyChange, 'impact' | 'drainedChains' | 'fields'>,
): EnvoyChange {
  return {
    ...what,
    impact: drops.length > 0 ? 'drops' : known.impact,
    drops,
    ...(known.drainedChains !== undefined && { drainedChains: known.drainedChains }),
    get fields() {
      return known.fields
    },
  }
}

function proxyPlan(what: Omit<ProxyPlan, 'impact' | 'meaning'>, tell: () => Meaning[]): ProxyPlan {
  let told: readonly Meaning[] | undefined
  return {
    ...what,
    impact: what.op === 'delete' ? 'drops' : worst(what.changes.map(({ impact }) => impact)),
    get meaning() {
      return (told ??= tell())
    },
  }
}
