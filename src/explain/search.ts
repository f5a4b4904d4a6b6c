import { type Place, at, partsOf } from './edit.js'
import type { Origin } from './origin.js'
import type { Source } from './source.js'
import type { Effect } from './world.js'

/** The fields that are asked about; absent: all. */
export type Focus = ReadonlySet<string> | undefined

export function touches(effect: Effect | undefined, focus: Focus): boolean {
  if (!effect) return false
  if (!focus) return effect.size > 0
  for (const path of focus) if (effect.has(path)) return true
  return false
}

/** A place that a field turned out to depend on. */
interface Hit {
  readonly place: Place
  readonly kind: 'value' | 'presence'
  /** Whether the place is one of several alike: an item of a list, a whole resource. */
  readonly item: boolean
  readonly scalar: boolean
  /** Whether what the place says shows in the field. */
  readonly flows: boolean
}

type Hits = Map<string, Hit[]>

/**
 * Which places of a source the fields depend on, by field: the deepest places whose change changes the field, and the innermost
 * item without which it isn't there.
 */
export function placesIn(source: Source, focus: Focus): ReadonlyMap<string, readonly PlacedOrigin[]> {
  const hits = explore(source, [], focus)
  return new Map(
    [...hits].map(([field, found]) => [
      field,
      said(
        source,
        essential(found).map((hit) => originOf(source, field, hit)),
      ),
    ]),
  )
}

type PlacedOrigin = Omit<Origin, 'resource'>

/** A policy that a field depends on says something of it, if only by whom it is about: callers in a permission. */
function said(source: Source, origins: readonly PlacedOrigin[]): readonly PlacedOrigin[] {
  const onlyConditions = source.isConf([]) && origins.every(({ relation }) => relation === 'condition')
  return onlyConditions ? origins.map((origin) => ({ ...origin, relation: 'value' })) : origins
}

function explore(source: Source, place: Place, focus: Focus): Hits {
  const parts = partsOf(at(source.value, place))
  if (parts.length === 0) return scalarHits(source, place, focus)
  const root = place.length === 0
  const gone = root ? source.whole : source.without(place)
  if (!root && gone && !touches(gone, focus)) {
    const other = source.disturbed(place)
    if (other && !touches(other, focus)) return new Map()
  }
  const hits: Hits = new Map()
  for (const [step] of parts) {
    const inner = [...place, step]
    if (source.isOpen(inner)) for (const [field, found] of explore(source, inner, focus)) for (const hit of found) add(hits, field, hit)
  }
  const item = root || typeof place.at(-1) === 'number'
  for (const { path, kind } of within(gone, focus)) {
    const deeper = hits.get(path)
    const innermost = kind === 'presence' && item && !deeper?.some((hit) => hit.kind === 'presence' && hit.item)
    if (!deeper || innermost) add(hits, path, { place, kind, item, scalar: false, flows: false })
  }
  return hits
}

function scalarHits(source: Source, place: Place, focus: Focus): Hits {
  const hits: Hits = new Map()
  if (place.length === 0) return hits
  const { before, after } = source.scalarAt(place)
  const item = typeof place.at(-1) === 'number'
  const changed = before === after ? undefined : source.disturbed(place)
  if (touches(changed, focus)) {
    for (const change of within(changed, focus)) {
      const flows = contains(change.before, before) && contains(change.after, after)
      add(hits, change.path, { place, kind: change.kind, item: false, scalar: true, flows })
    }
    if (!item) return hits
  }
  for (const { path, kind } of within(source.without(place), focus))
    if (!hits.has(path)) add(hits, path, { place, kind, item, scalar: true, flows: false })
  return hits
}

const contains = (field: unknown, value: unknown): boolean =>
  field === value ||
  (typeof value !== 'boolean' && (typeof field === 'string' || typeof field === 'number') && String(field).includes(String(value)))

function within(effect: Effect | undefined, focus: Focus) {
  if (!effect) return []
  if (!focus) return [...effect.values()]
  return [...focus].flatMap((path) => effect.get(path) ?? [])
}

function add(hits: Hits, field: string, hit: Hit): void {
  const list = hits.get(field)
  if (list) list.push(hit)
  else hits.set(field, [hit])
}

/** A scalar whose change makes everything go says less than the item that it is in, and more than the resource as a whole. */
function essential(hits: readonly Hit[]): readonly Hit[] {
  const values = hits.filter(({ kind }) => kind === 'value')
  const enclosing = hits.filter(({ kind, scalar }) => kind === 'presence' && !scalar)
  const inItem = (place: Place) => enclosing.some((other) => other.item && other.place !== place && startsWith(place, other.place))
  const outer = enclosing.filter(({ place, item }) => (item || !inItem(place)) && !values.some((value) => startsWith(value.place, place)))
  const inner = outer.filter(({ place }) => place.length > 0)
  const scalars = hits.filter(({ kind, scalar }) => kind === 'presence' && scalar)
  const chosen = [...values, ...(inner.length > 0 || scalars.length === 0 || values.length > 0 ? outer : scalars)]
  return chosen.length > 0 ? chosen : hits
}

const startsWith = (place: Place, start: Place): boolean => start.every((step, index) => place[index] === step)

function originOf(source: Source, field: string, { place, kind, flows }: Hit): PlacedOrigin {
  const isValue = flows || (source.isConf(place) && kind === 'value')
  const redundant = source.whole !== undefined && !source.whole.has(field)
  return {
    path: source.textOf(place),
    relation: kind === 'presence' ? 'presence' : isValue ? 'value' : 'condition',
    ...(redundant && { redundant }),
  }
}
