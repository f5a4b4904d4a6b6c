import { type ResourceKey, keyOf } from '../core/resource.js'
import { entry } from '../protojson/path.js'
import type { ResourceTypeName } from '../translate/snapshot.js'
import { type Json, leavesOf } from './document.js'
import { fieldsUnder, nearestPath } from './nearest-field.js'
import type { Origin } from './origin.js'
import { type PolicyOnProxy, policyOnProxy } from './policy-effect.js'
import { type FieldProvenance, policyOriginsOf } from './provenance.js'
import { isPolicy } from './source.js'
import { type ExplainedTranslation, worldOf } from './translated.js'
import type { World } from './world.js'

/** What to explain. */
export type ExplainQuery =
  /** A field or whatever encloses fields, by its path: `clusters["web"].connectTimeout`, `listeners["inbound:10.0.0.1:80"]`. */
  | { readonly field: string }
  /** A resource of Envoy's: a listener, route configuration, cluster ... */
  | { readonly type: ResourceTypeName; readonly name: string }

export interface ExplainedField extends FieldProvenance {
  /** Whether the value is the translation's own: users or their meshes say at most that the field is there. */
  readonly default: boolean
  /** What the field would be without the policy that sets it, then without that one's successor, and so on. */
  readonly overrode: readonly Overridden[]
}

export interface Overridden {
  /** The policy without which it would be so. */
  readonly without: ResourceKey
  /** Absent: there would be no such field. */
  readonly value?: Json
  /** Policies that say so then; empty where none does. */
  readonly origins: readonly Origin[]
}

export interface Explanation {
  /** The path that was asked about. */
  readonly path: string
  /** Empty where there is no such path. */
  readonly fields: readonly ExplainedField[]
  /** The policies behind the fields: those that say a value, or without which some field isn't there. */
  readonly policies: readonly ResourceKey[]
  /** The path that was probably meant, where there is none as asked. */
  readonly nearest?: string
}

/** Where fields come from: a field, or all of a listener, route, cluster, with the policies behind them and what those overrode. */
export function explain(translation: ExplainedTranslation, query: ExplainQuery): Explanation {
  const path = 'field' in query ? query.field : entry(query.type, query.name)
  const { provenance } = translation
  const leaves = fieldsUnder(provenance.fields, path)
  if (leaves.length === 0) {
    const nearest = nearestPath(provenance.fields, path)
    return { path, fields: [], policies: [], ...(nearest !== undefined && { nearest }) }
  }
  const found = provenance.among(leaves.map((leaf) => leaf.path))
  return { path, fields: explainedFields(worldOf(translation), found), policies: policiesBehind(found) }
}

/** Every field that a policy set on the proxy, and what else would have said. */
export function explainPolicy(translation: ExplainedTranslation, policy: ResourceKey): PolicyOnProxy {
  const world = worldOf(translation)
  const found = world.resources.find((resource) => keyOf(resource) === keyOf(policy))
  return found ? policyOnProxy(world, found) : { proxy: world.proxy, sets: [], overridden: [] }
}

function explainedFields(world: World, fields: readonly FieldProvenance[]): ExplainedField[] {
  const overrode = overriddenIn(world, fields)
  return fields.map((field) => ({
    ...field,
    default: !field.origins.some(({ relation }) => relation === 'value'),
    overrode: overrode.get(field.path) ?? [],
  }))
}

function policiesBehind(fields: readonly FieldProvenance[]): ResourceKey[] {
  const said = fields.flatMap(({ origins }) => origins.filter(({ relation }) => relation !== 'condition'))
  const keys = said.flatMap(({ resource }) => (resource && isPolicy(resource.type) ? [resource] : []))
  return [...new Map(keys.map((key) => [keyOf(key), key])).values()]
}

/** The policy that says the value. */
function winnerOf({ origins }: FieldProvenance): ResourceKey | undefined {
  return origins.find(({ resource, relation }) => resource && relation === 'value' && isPolicy(resource.type))?.resource
}

/** Takes winners away one after the other. Fields with the same winner are asked about together. */
function overriddenIn(world: World, fields: readonly FieldProvenance[]): ReadonlyMap<string, readonly Overridden[]> {
  const found = new Map<string, readonly Overridden[]>()
  const byWinner = new Map<string, { readonly winner: ResourceKey; readonly fields: FieldProvenance[] }>()
  for (const field of fields) {
    const winner = winnerOf(field)
    if (!winner) continue
    const key = JSON.stringify(winner)
    const group = byWinner.get(key) ?? { winner, fields: [] }
    byWinner.set(key, group)
    group.fields.push(field)
  }
  for (const { winner, fields: won } of byWinner.values()) {
    const gone = world.resources.filter(({ type, mesh, name }) => type === winner.type && mesh === winner.mesh && name === winner.name)
    const rest = world.less(gone)
    const paths = new Set(won.map(({ path }) => path))
    const said = policyOriginsOf(rest, paths)
    const left = leavesOf(rest.document)
      .filter(({ path }) => paths.has(path))
      .map((leaf) => ({ ...leaf, origins: said.get(leaf.path) ?? [] }))
    const deeper = overriddenIn(rest, left)
    for (const path of paths) {
      const next = left.find((field) => field.path === path)
      const origins = next?.origins.filter(({ relation }) => relation === 'value') ?? []
      found.set(path, [{ without: winner, ...(next && { value: next.value }), origins }, ...(deeper.get(path) ?? [])])
    }
  }
  return found
}
