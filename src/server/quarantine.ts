import type { ResourceKey } from '../core/resource.js'
import type { SealedResource } from '../translate/snapshot.js'
import type { Holdings } from './stream-state.js'

/** A version that is not sent, and what the client is told instead: what it had before, or nothing. */
export interface Withheld {
  readonly version: string
  readonly instead: SealedResource | { readonly version: string } | undefined
  /** What the client said, once it is certain that it refuses this version. */
  readonly reason?: string
  /** The policies that are behind it, most likely first; absent until somebody has found out. */
  readonly policies?: readonly ResourceKey[]
}

/** What one client refused, of one type. */
export interface Quarantine {
  /** Refused: never sent again. */
  readonly rejected: ReadonlyMap<string, Withheld>
  /** Refused and not to be sent now: remembered, newest last, should it come up again. */
  readonly past: readonly PastRefusal[]
  /** Perhaps refused: held back while the others are tried. */
  readonly withheld: ReadonlyMap<string, Withheld>
  /** The names in `withheld`, in the portions in which they were set aside; the last is to be tried next. */
  readonly groups: readonly (readonly string[])[]
  /** What is tried now. */
  readonly trying: readonly Versioned[]
}

interface Versioned {
  readonly name: string
  readonly version: string
}

interface PastRefusal extends Versioned, Pick<Withheld, 'reason' | 'policies'> {}

/** How many refusals of versions that are not to be sent now are remembered of a type. */
const pastKept = 64

const nothing: ReadonlyMap<string, Withheld> = new Map<string, never>()

export const noQuarantine: Quarantine = Object.freeze({ rejected: nothing, past: [], withheld: nothing, groups: [], trying: [] })

/** Lets go of what is not certain. */
export function endTrial({ rejected, past }: Quarantine): Quarantine {
  return { ...noQuarantine, rejected, past }
}

export function onTrial({ groups }: Quarantine): boolean {
  return groups.length > 0
}

export function isClear({ rejected, withheld }: Quarantine): boolean {
  return rejected.size === 0 && withheld.size === 0
}

/** What to tell the client: what it refused is replaced by what it had. */
export function applyQuarantine<R extends { readonly version: string }>(
  content: ReadonlyMap<string, R>,
  quarantine: Quarantine,
): ReadonlyMap<string, R | NonNullable<Withheld['instead']>> {
  if (isClear(quarantine)) return content
  const told = new Map<string, R | NonNullable<Withheld['instead']>>(content)
  for (const [name, { version, instead }] of [...quarantine.withheld, ...quarantine.rejected]) {
    if (content.get(name)?.version !== version) continue
    if (instead) told.set(name, instead)
    else told.delete(name)
  }
  return told
}

/**
 * The quarantine for other content: what is about versions that are not to be sent any more is only remembered, what was
 * remembered and is to be sent again is in force again. When something on trial is no longer to be sent, the trial ends.
 * @param accepted what the client has
 */
export function reviseQuarantine(quarantine: Quarantine, content: Holdings, accepted: Holdings): Quarantine {
  if (isClear(quarantine) && quarantine.past.length === 0) return quarantine
  const current = ({ name, version }: Versioned) => content.get(name)?.version === version
  const refusals = [...quarantine.rejected].map(([name, withheld]) => ({ name, ...withheld }))
  const back = quarantine.past.filter(current)
  if (back.length === 0 && refusals.every(current) && isClear({ ...quarantine, rejected: nothing })) return quarantine
  const rejected = new Map<string, Withheld>()
  for (const { name, ...withheld } of refusals.filter(current)) rejected.set(name, withheld)
  for (const { name, ...refusal } of back) rejected.set(name, { ...refusal, instead: accepted.get(name) })
  const gone = refusals.filter((refusal) => !current(refusal)).map(({ instead: _, ...refusal }) => refusal)
  const past = [...quarantine.past.filter((refusal) => !current(refusal)), ...gone].slice(-pastKept)
  const untouched = [...quarantine.withheld].every(([name, { version }]) => current({ name, version })) && quarantine.trying.every(current)
  return untouched ? { ...quarantine, rejected, past } : { ...noQuarantine, rejected, past }
}

/** What somebody found out about a resource that a client refuses. */
export interface Finding extends Versioned {
  readonly policies: readonly ResourceKey[]
  /** What a client that has nothing of the resource may have for the time being. */
  readonly instead?: SealedResource
}

/** The quarantine with the finding in it, if it still is about what is refused. */
export function explain(quarantine: Quarantine, { name, version, policies, instead }: Finding): Quarantine {
  const known = quarantine.rejected.get(name)
  if (known?.version !== version) return quarantine
  return { ...quarantine, rejected: new Map(quarantine.rejected).set(name, { ...known, policies, instead: known.instead ?? instead }) }
}

/** What a refused response tells. */
export interface Refusal {
  /** The resources in it that the client didn't have. */
  readonly suspects: readonly SealedResource[]
  /** What the client has. */
  readonly accepted: Holdings
  /** What the client said. */
  readonly reason: string
}

/**
 * Finds out which resources of a refused response are to blame. Those that the client names; where it names none, the only
 * one there is; else one half of them is set aside and the other tried again. `guilty` is what is certain now.
 */
export function refuse(
  quarantine: Quarantine,
  { suspects, accepted, reason }: Refusal,
): { readonly quarantine: Quarantine; readonly guilty: readonly SealedResource[] } {
  const withhold = (r: SealedResource): [string, Withheld] => {
    const known = quarantine.rejected.get(r.name)
    // What it was given instead of what it refused is no good either.
    if (known && known.version !== r.version) return [r.name, { ...known, instead: undefined }]
    return [r.name, { version: r.version, instead: accepted.get(r.name), reason }]
  }
  const named = suspects.filter(({ name }) => mentions(reason, name))
  const guilty = named.length > 0 ? named : suspects.length === 1 ? suspects : []
  if (guilty.length > 0) {
    const rejected = new Map([...quarantine.rejected, ...guilty.map(withhold)])
    return { quarantine: { ...noQuarantine, rejected, past: quarantine.past }, guilty }
  }
  if (suspects.length === 0) return { quarantine, guilty }
  const middle = Math.ceil(suspects.length / 2)
  const aside = suspects.slice(middle)
  const withheld = new Map([...quarantine.withheld, ...aside.map(withhold)])
  const groups = [...quarantine.groups, aside.map(({ name }) => name)]
  return { quarantine: { ...quarantine, withheld, groups, trying: suspects.slice(0, middle).map(versioned) }, guilty }
}

/**
 * After the client accepted what was tried: the fault is in the portion that was set aside last. If that is one resource, it
 * is found and the others are free; else half of the portion is tried next.
 */
export function acquit(quarantine: Quarantine): { readonly quarantine: Quarantine; readonly guilty: readonly string[] } {
  const last = quarantine.groups.at(-1)
  if (!last) return { quarantine, guilty: [] }
  const [only, ...others] = last
  if (only !== undefined && others.length === 0) {
    const found = quarantine.withheld.get(only)
    const rejected = found ? new Map([...quarantine.rejected, [only, found] as const]) : quarantine.rejected
    return { quarantine: { ...noQuarantine, rejected, past: quarantine.past }, guilty: [only] }
  }
  const middle = Math.ceil(last.length / 2)
  const next = last.slice(0, middle)
  const trying = next.flatMap((name) => ({ name, version: quarantine.withheld.get(name)?.version ?? '' }))
  const withheld = new Map([...quarantine.withheld].filter(([name]) => !next.includes(name)))
  return { quarantine: { ...quarantine, withheld, groups: [...quarantine.groups.slice(0, -1), last.slice(middle)], trying }, guilty: [] }
}

const versioned = ({ name, version }: Versioned): Versioned => ({ name, version })

/** Whether the text has the name as a whole: `backend` is not mentioned by `backend-2`, but by `backend: bad`. */
function mentions(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const before = text.slice(Math.max(0, at - 1), at)
    const after = text.slice(at + name.length, at + name.length + 2)
    if (!/[\w.:-]/.test(before) && !/^(?:[\w-]|[.:][\w-])/.test(after)) return true
  }
  return false
}
