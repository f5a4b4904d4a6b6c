/** What somebody did to one key, with when it began and when they heard: counted, so that equal moments don't exist. */
export interface Operation {
  readonly began: number
  /** Infinity: they never heard, so it may have happened or not, at any time since. */
  readonly ended: number
  readonly did: Did
}

export type Did =
  | { readonly op: 'get'; readonly found: Value | undefined }
  | { readonly op: 'put'; readonly value: string; readonly expect: number | 'absent' | undefined; readonly result: PutResult }
  | { readonly op: 'delete'; readonly result: 'done' | 'not-found' | 'unknown' }

export type PutResult = { readonly version: number } | 'conflict' | 'unknown'

export interface Value {
  readonly value: string
  readonly version: number
}

/** `version` is unknown where the writer never heard it. */
type State = { readonly value: string; readonly version: number | undefined } | undefined

/**
 * Whether there is an order of the operations, each somewhere between its begin and its end, in which one copy would have
 * answered like that. Looks for it as Wing and Gong did, and remembers where it was (Lowe).
 */
export function isLinearizable(operations: readonly Operation[]): boolean {
  const all = [...operations].sort((a, b) => a.began - b.began)
  const seen = new Set<string>()

  function search(done: ReadonlySet<number>, state: State): boolean {
    const left = all.flatMap((_, index) => (done.has(index) ? [] : [index]))
    if (left.every((index) => all[index]?.ended === Number.POSITIVE_INFINITY)) return true
    const memo = `${left.join()}|${state?.value ?? ''}`
    if (seen.has(memo)) return false
    seen.add(memo)
    // Nothing that begins after another has ended comes before it.
    const firstEnd = Math.min(...left.map((index) => all[index]?.ended ?? 0))
    for (const index of left) {
      const operation = all[index]
      if (operation === undefined || operation.began > firstEnd) break
      for (const next of outcomes(operation.did, state)) if (search(new Set([...done, index]), next.state)) return true
    }
    return false
  }

  return search(new Set(), undefined)
}

/** The states in which the operation may leave the key; none where its answer doesn't fit. */
function outcomes(did: Did, state: State): readonly { readonly state: State }[] {
  if (did.op === 'get') return sameValue(did.found, state) ? [{ state: did.found }] : []
  if (did.op === 'delete') {
    if (did.result === 'unknown') return [{ state: undefined }]
    return (did.result === 'done') === (state !== undefined) ? [{ state: undefined }] : []
  }
  const fits = expected(did.expect, state)
  if (did.result === 'conflict') return fits === true ? [] : [{ state }]
  if (fits === false) return []
  return [{ state: { value: did.value, version: did.result === 'unknown' ? undefined : did.result.version } }]
}

function sameValue(found: Value | undefined, state: State): boolean {
  if (found === undefined || state === undefined) return found === state
  return found.value === state.value && (state.version === undefined || state.version === found.version)
}

/** `undefined`: it can't be told, as the version isn't known. */
function expected(expect: number | 'absent' | undefined, state: State): boolean | undefined {
  if (expect === undefined) return true
  if (expect === 'absent') return state === undefined
  if (state === undefined) return false
  return state.version === undefined ? undefined : state.version === expect
}
