import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { Resource } from '../core/resource.js'
import { nodeStandInOf } from '../translate/fleet/node-stand-in.js'
import { standInOf } from '../translate/fleet/stand-in.js'
import { targetRefKinds } from '../translate/fleet/translate-proxy.js'
import type { MeshContext } from '../translate/mesh-context.js'
import { type Json, isList, isObject, leavesOf } from './document.js'
import type { Origin } from './origin.js'
import type { PolicyOnProxy } from './policy-effect.js'
import type { Arguments, Effect, World } from './world.js'

/** A text that is equal for proxies that differ in no more than their names, addresses and work directories. */
export function likenessOf(mesh: MeshContext, { own, arguments: { metadata } }: Pick<World, 'own' | 'arguments'>): string {
  const dataplane = own as Resource<DataplaneSpec>
  return [standInOf(dataplane).key, mesh.rules.selection(targetRefKinds, dataplane), nodeStandInOf(metadata).key].join('\n')
}

/** What one policy does on a proxy that was looked at. */
export interface Known {
  readonly world: Pick<World, 'own' | 'arguments'>
  readonly answer: PolicyOnProxy
}

/**
 * What is known of one proxy, told of another that is like it, with its address and work directory in place of the first one's.
 * @returns `undefined` where it doesn't hold for the other one, or can't be seen to
 */
export function retold({ world: from, answer }: Known, to: World, policy: Resource): PolicyOnProxy | undefined {
  const gone = sameOptions(from.arguments, to.arguments) ? to.without([policy]) : undefined
  if (!gone) return undefined
  const text = exchange(from, to)
  const json = (value: Json): Json => {
    if (typeof value === 'string') return text(value)
    if (isList(value)) return value.map(json)
    return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [text(key), json(inner)])) : value
  }
  const origins = (list: readonly Origin[]) =>
    list.map((one) => (one.merged ? { ...one, merged: one.merged.map((step) => ({ ...step, rule: text(step.rule) })) } : one))
  const sets = answer.sets.map((set) => ({
    ...set,
    path: text(set.path),
    value: json(set.value),
    ...(set.otherwise !== undefined && { otherwise: json(set.otherwise) }),
    overrode: origins(set.overrode),
  }))
  const overridden = answer.overridden.map((lost) => ({ ...lost, path: text(lost.path), value: json(lost.value), by: origins(lost.by) }))
  const isOwn = (value: Json) => sameJson(value, json(value)) === false || textOf(value).includes(from.own.name)
  const told = { proxy: to.proxy, sets, overridden }
  return !answer.overridden.some(({ would }) => isOwn(would)) && holds(told, to, gone) ? told : undefined
}

function holds({ sets, overridden }: PolicyOnProxy, { document }: World, gone: Effect): boolean {
  const shown = sets.filter(({ redundant }) => !redundant)
  const seen = shown.every(({ path, value, otherwise }) => {
    const change = gone.get(path)
    return change && sameJson(change.before, value) && sameJson(change.kind === 'value' ? change.after : undefined, otherwise)
  })
  if (!seen || shown.length !== gone.size) return false
  const others = [...sets.filter(({ redundant }) => redundant), ...overridden]
  if (others.length === 0) return true
  const leaves = new Map(leavesOf(document).map(({ path, value }) => [path, value]))
  return others.every(({ path, value }) => sameJson(leaves.get(path), value))
}

/** Metadata is part of the likeness. */
function sameOptions({ metadata: _, ...a }: Arguments, { metadata: __, ...b }: Arguments): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)] as (keyof typeof a)[])
  return [...names].every((name) => a[name] === b[name])
}

const textOf = (value: Json | undefined): string => JSON.stringify(value) ?? ''
const sameJson = (a: Json | undefined, b: Json | undefined): boolean => a === b || textOf(a) === textOf(b)

/** Puts what is one proxy's own in the place of what is the other's. */
function exchange(from: Pick<World, 'own' | 'arguments'>, to: Pick<World, 'own' | 'arguments'>): (text: string) => string {
  const [old, fresh] = [ownTexts(from), ownTexts(to)]
  if (old.length === 0) return (text) => text
  const byText = new Map(old.map((value, i) => [value, fresh[i] ?? value]))
  const escaped = [...byText.keys()].map((value) => value.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const anyOf = new RegExp(`(?<!\\d)(?:${escaped.join('|')})(?!\\d)`, 'g')
  return (text) => text.replace(anyOf, (found) => byText.get(found) ?? found)
}

function ownTexts({ own, arguments: { metadata } }: Pick<World, 'own' | 'arguments'>): string[] {
  return [...standInOf(own as Resource<DataplaneSpec>).holes, ...nodeStandInOf(metadata).holes].map(({ value }) => value)
}
