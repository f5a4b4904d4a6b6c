import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from './cases.js'

/** One place where an answer isn't the expected one. `undefined`: there is nothing on that side. */
export interface Difference {
  readonly path: string
  readonly got: Json | undefined
  readonly want: Json | undefined
}

/** Stands for generated certificates and keys in the expected answers. */
const keyMaterial = '<key material>'

/** Lists that have no order, by their key. */
const sets = new Set(['causes', 'invalid_parameters'])

/** Objects by key, lists in order, numbers by value. */
export function differences(got: Json | undefined, want: Json | undefined, path: string): Difference[] {
  if (want === keyMaterial && typeof got === 'string' && got !== '') return []
  if (got === keyMaterial && isCertificate(want)) return []
  if (isList(got) && isList(want)) return inLists(got, want, path)
  if (isObject(got) && isObject(want))
    return [...new Set([...Object.keys(got), ...Object.keys(want)])].sort().flatMap((key) => {
      const [a, b] = sets.has(key) ? [asSet(got[key]), asSet(want[key])] : [got[key], want[key]]
      return differences(a, b, member(path, key))
    })
  return got === want ? [] : [{ path, got, want }]
}

/**
 * Items that stand on both sides are paired first, so that one item too many is one difference and not as many as there
 * are items after it.
 */
function inLists(got: readonly Json[], want: readonly Json[], path: string): Difference[] {
  const pairs = alignment(got, want)
  const found: Difference[] = []
  let i = 0
  let j = 0
  for (const [a, b] of [...pairs, [got.length, want.length] as const]) {
    while (i < a && j < b) found.push(...differences(got[i++], want[j], element(path, j++)))
    while (i < a) found.push({ path: element(path, `+${i}`), got: got[i++], want: undefined })
    while (j < b) found.push({ path: element(path, j), got: undefined, want: want[j++] })
    if (a < got.length) found.push(...differences(got[i++], want[j], element(path, j++)))
  }
  return found
}

/** Longest common subsequence of items that are the same or bear the same name. */
function alignment(got: readonly Json[], want: readonly Json[]): (readonly [number, number])[] {
  if (got.length === want.length && got.every((item, i) => sameItem(item, want[i]))) return got.map((_, i) => [i, i])
  const length = Array.from({ length: got.length + 1 }, () => new Array<number>(want.length + 1).fill(0))
  const at = (i: number, j: number) => length[i]?.[j] ?? 0
  for (let i = got.length - 1; i >= 0; i--)
    for (let j = want.length - 1; j >= 0; j--)
      (length[i] as number[])[j] = sameItem(got[i], want[j]) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const pairs: [number, number][] = []
  for (let i = 0, j = 0; i < got.length && j < want.length; )
    if (sameItem(got[i], want[j])) pairs.push([i++, j++])
    else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  return pairs
}

function sameItem(a: Json | undefined, b: Json | undefined): boolean {
  if (isObject(a) && isObject(b) && typeof a['name'] === 'string') return a['name'] === b['name'] && a['@type'] === b['@type']
  return isDeepStrictEqual(a, b)
}

/** A certificate that the peer made and that was left in its answer: it differs from run to run. */
const isCertificate = (value: Json | undefined) => typeof value === 'string' && value.startsWith(btoa('-----BEGIN CERTIFICATE-----'))

const asSet = (value: Json | undefined): Json | undefined =>
  isList(value) ? [...value].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : value

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value)
export const isObject = (value: Json | undefined): value is JsonObject => typeof value === 'object' && value !== null && !isList(value)

function member(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`
  return path === '' ? key : `${path}.${key}`
}

const element = (path: string, index: number | string) => `${path}[${index}]`
