import { sameValue } from '../core/same-value.js'

/** A field that differs. Absent: it was not there, or is gone. */
export interface FieldChange {
  /** E.g. `filterChains[0].filters[1].typedConfig.routeConfig.virtualHosts[0]`; positions are those before, of what is new those after. */
  readonly path: string
  readonly before?: unknown
  readonly after?: unknown
}

/** The fields in which two plain values differ; elements of lists are matched with what they were, so that one more moves none. */
export function fieldChanges(before: unknown, after: unknown): FieldChange[] {
  const found: FieldChange[] = []
  compare('', before, after, found)
  return found
}

function compare(path: string, before: unknown, after: unknown, found: FieldChange[]): void {
  if (sameValue(before, after)) return
  if (Array.isArray(before) && Array.isArray(after)) compareLists(path, before, after, found)
  else if (isObject(before) && isObject(after)) {
    for (const key of [...new Set([...Object.keys(before), ...Object.keys(after)])].sort())
      compare(
        path === '' ? key : `${path}${/^[A-Za-z_$@]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`}`,
        before[key],
        after[key],
        found,
      )
  } else found.push({ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function compareLists(path: string, before: readonly unknown[], after: readonly unknown[], found: FieldChange[]): void {
  const kept = commonElements(before, after)
  let [i, j] = [0, 0]
  for (const [x, y] of [...kept, [before.length, after.length] as const]) {
    // Between two elements that stay, what goes and what comes is the same thing changed, as far as it is of one kind.
    for (; i < x || j < y; ) {
      const pair = i < x && j < y && nameOf(before[i]) === nameOf(after[j])
      if (pair) compare(`${path}[${i++}]`, before[i - 1], after[j++], found)
      else if (i < x) found.push({ path: `${path}[${i}]`, before: before[i++] })
      else found.push({ path: `${path}[${j}]`, after: after[j++] })
    }
    i = x + 1
    j = y + 1
  }
}

const nameOf = (value: unknown) => (isObject(value) ? value['name'] : undefined)

/** Longer lists are compared position by position: their common elements would cost too much to find. */
const longest = 500

/** Positions of a longest common subsequence. */
function commonElements(before: readonly unknown[], after: readonly unknown[]): (readonly [number, number])[] {
  const texts = [before, after].map((list) => list.map((item) => JSON.stringify(item)))
  const [left = [], right = []] = texts
  if (left.length > longest || right.length > longest) return left.flatMap((text, i) => (text === right[i] ? [[i, i] as const] : []))
  const lengths = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1))
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      (lengths[i] as Uint16Array)[j] = left[i] === right[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
  const pairs: (readonly [number, number])[] = []
  for (let [i, j] = [0, 0]; i < left.length && j < right.length; ) {
    if (left[i] === right[j]) pairs.push([i++, j++])
    else if (at(i + 1, j) >= at(i, j + 1)) i++
    else j++
  }
  return pairs
}
