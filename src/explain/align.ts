import { type Document, type Json, type JsonObject, isList, isObject, join, leavesUnder } from './document.js'
import { entry } from '../protojson/path.js'

/** What became of a leaf field in another translation. */
export interface Change {
  /** The leaf, as the first document has it. */
  readonly path: string
  /** `value`: it is still there and reads otherwise. `presence`: it is gone, with or without what is around it. */
  readonly kind: 'value' | 'presence'
  readonly before: Json
  /** Absent where the field is gone. */
  readonly after?: Json
}

/**
 * The leaves of a document that another one lacks or has otherwise, by path. Items of lists are paired by what names them,
 * so that one item too few is a change of that item alone.
 * @param renamed whether things may have got other names: then those without a counterpart are paired by likeness
 */
export function changesBetween(before: Document, after: Document, { renamed = false } = {}): ReadonlyMap<string, Change> {
  const found: Change[] = []
  for (const [type, resources] of before) {
    const others = after.get(type) ?? new Map<string, Json>()
    const lost = [...resources].filter(([name]) => !others.has(name))
    const fresh = [...others].filter(([name]) => !resources.has(name))
    const pairs = renamed ? byLikeness(lost, fresh) : new Map<string, Json>()
    for (const [name, json] of resources) compare(json, others.get(name) ?? pairs.get(name), entry(type, name), { found, renamed })
  }
  return new Map(found.map((change) => [change.path, change]))
}

interface Comparison {
  readonly found: Change[]
  readonly renamed: boolean
}

function compare(before: Json, after: Json | undefined, path: string, comparison: Comparison): void {
  const { found, renamed } = comparison
  if (before === after) return
  if (after === undefined) {
    for (const leaf of leavesUnder(before, path)) found.push({ path: leaf.path, kind: 'presence', before: leaf.value })
  } else if (isList(before) && isList(after) && before.length > 0) {
    const partner = pairing(before, after, renamed)
    before.forEach((item, index) => compare(item, partner(index), join(path, index), comparison))
  } else if (isObject(before) && isObject(after) && Object.keys(before).length > 0) {
    for (const [key, value] of Object.entries(before)) compare(value, after[key], join(path, key), comparison)
  } else if (textOf(before) !== textOf(after)) {
    for (const leaf of leavesUnder(before, path)) found.push({ path: leaf.path, kind: 'value', before: leaf.value, after })
  }
}

/** For each item of a list its counterpart in the other one. */
function pairing(before: readonly Json[], after: readonly Json[], renamed: boolean): (index: number) => Json | undefined {
  const names = before.map(nameOf)
  const others = after.map(nameOf)
  if (allDiffer(names) && allDiffer(others)) {
    const byName = new Map(others.map((name, index) => [name, after[index]]))
    const lost = before.flatMap((item, index) => (byName.has(names[index]) ? [] : [[names[index]!, item] as const]))
    const fresh = after.flatMap((item, index) => (names.includes(others[index]) ? [] : [[others[index]!, item] as const]))
    const pairs = renamed ? byLikeness(lost, fresh) : new Map<string, Json>()
    return (index) => byName.get(names[index]) ?? pairs.get(names[index]!)
  }
  const pairs = byPosition(before, after)
  return (index) => pairs.get(index)
}

/** What tells an item from its neighbours, where something does. */
function nameOf(item: Json): string | undefined {
  if (!isObject(item)) return undefined
  const { name, key, header, locality, endpoint } = item
  const own = name ?? key ?? (isObject(header) ? header['key'] : undefined)
  if (typeof own === 'string') return own
  if (isObject(locality)) return textOf(locality)
  return isObject(endpoint) ? textOf((endpoint as JsonObject)['address'] ?? null) : undefined
}

function allDiffer(names: readonly (string | undefined)[]): boolean {
  return names.every((name) => name !== undefined) && new Set(names).size === names.length
}

/** Equal items keep their order; what is left over between two of them is paired off from the front. */
function byPosition(before: readonly Json[], after: readonly Json[]): ReadonlyMap<number, Json> {
  const a = before.map(textOf)
  const b = after.map(textOf)
  const pairs = new Map<number, Json>()
  let [i, j] = [0, 0]
  for (const [nextA, nextB] of [...commonOrder(a, b), [a.length, b.length] as const]) {
    const gap = pairsInGap(before.slice(i, nextA), after.slice(j, nextB))
    for (const [x, item] of gap) pairs.set(i + x, item)
    if (nextA < a.length) pairs.set(nextA, after[nextB]!)
    ;[i, j] = [nextA + 1, nextB + 1]
  }
  return pairs
}

/** As many on both sides: one after the other. Else each with the likest that is left. */
function pairsInGap(before: readonly Json[], after: readonly Json[]): readonly (readonly [number, Json])[] {
  if (before.length === after.length) return before.map((_, index) => [index, after[index]!])
  const left = new Set(after.keys())
  return before.flatMap((item, index) => {
    const [best] = [...left].map((at) => ({ at, score: likeness(item, after[at]!) })).sort((x, y) => y.score - x.score)
    if (!best || best.score < 0.5) return []
    left.delete(best.at)
    return [[index, after[best.at]!] as const]
  })
}

/** Longest common subsequence, as pairs of positions. */
function commonOrder(a: readonly string[], b: readonly string[]): (readonly [number, number])[] {
  const width = b.length + 1
  const length = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number) => length[i * width + j]!
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      length[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const pairs: [number, number][] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; )
    if (a[i] === b[j]) pairs.push([i++, j++])
    else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  return pairs
}

/** What got another name: of those that are left, the likest go together. */
function byLikeness(lost: readonly (readonly [string, Json])[], fresh: readonly (readonly [string, Json])[]): ReadonlyMap<string, Json> {
  const candidates = lost
    .flatMap(([name, json]) => fresh.map(([other, counterpart]) => ({ name, other, counterpart, score: likeness(json, counterpart) })))
    .filter(({ score }) => score >= 0.5)
    .sort((a, b) => b.score - a.score)
  const pairs = new Map<string, Json>()
  const taken = new Set<string>()
  for (const { name, other, counterpart } of candidates) {
    if (pairs.has(name) || taken.has(other)) continue
    pairs.set(name, counterpart)
    taken.add(other)
  }
  return pairs
}

/** Which part of the leaves of both is the same in both: 0 to 1. */
function likeness(a: Json, b: Json): number {
  const text = (json: Json) => new Set(leavesUnder(json, '').map(({ path, value }) => `${path}=${textOf(value)}`))
  const [left, right] = [text(a), text(b)]
  const same = [...left].filter((leaf) => right.has(leaf)).length
  return (2 * same) / (left.size + right.size)
}

const textOf = (value: Json): string => JSON.stringify(value)
