/**
 * One conf of several: fields merge, scalars and lists are replaced, lists named `append...` join. Source: RFC 7396; Kuma docs,
 * "Merging policies". Fields that are null count as absent, as they are for Kuma, which never stores one.
 */
import type { MergeTraits } from '../../core/kind.js'
import { deepFreeze } from '../../core/resource.js'

type Fields = Readonly<Record<string, unknown>>
type KeyedList = NonNullable<MergeTraits['keyedList']>

/**
 * Merges confs, the strongest last. Gives one conf, or one for each value of the list that the kind splits by; none for none.
 * The result is frozen and shares what it can with the confs, so hand in frozen ones.
 */
export function mergeConfs(confs: readonly unknown[], traits: MergeTraits = {}): readonly unknown[] {
  return split(confs, traits.splitBy).map((group) => deepFreeze(group.reduce((a, b) => merge(a, b, traits.keyedList), {})))
}

/** The confs for each value of the split field, in order of appearance; those without a value are a group of their own. */
function split(confs: readonly unknown[], field: string | undefined): readonly (readonly unknown[])[] {
  if (field === undefined) return confs.length === 0 ? [] : [confs]
  const groups = new Map<string, unknown[]>()
  for (const conf of confs) {
    const values = isFields(conf) && Array.isArray(conf[field]) ? (conf[field] as string[]) : []
    for (const value of values.length === 0 ? [''] : values) {
      const single = value === '' ? conf : { ...(conf as Fields), [field]: [value] }
      const group = groups.get(value)
      if (group) group.push(single)
      else groups.set(value, [single])
    }
  }
  return [...groups.values()]
}

function merge(weaker: unknown, stronger: unknown, keyedList?: KeyedList): unknown {
  if (!isFields(weaker) || !isFields(stronger)) return stronger ?? weaker
  const merged: Record<string, unknown> = { ...weaker }
  for (const [name, value] of Object.entries(stronger)) {
    const old = weaker[name]
    if (value === null || value === undefined) continue
    if (name === keyedList?.field) {
      const entries = mergeByKey(listOf(old), listOf(value), keyedList)
      if (entries.length > 0) merged[name] = entries
    } else if (Array.isArray(value)) merged[name] = /^append[A-Z]/.test(name) ? [...listOf(old), ...value] : value
    else merged[name] = old === undefined ? value : merge(old, value)
  }
  return merged
}

function mergeByKey(weaker: readonly unknown[], stronger: readonly unknown[], { key, value }: KeyedList): readonly unknown[] {
  const entries = new Map<string, Fields>()
  for (const entry of [...stronger, ...weaker]) {
    if (!isFields(entry)) continue
    const id = canonical(entry[key])
    const winner = entries.get(id)
    entries.set(id, winner ? { ...winner, [value]: merge(entry[value], winner[value]) } : entry)
  }
  return [...entries.values()]
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text that is equal for equal values, whatever the order of their fields. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (!isFields(value)) return JSON.stringify(value) ?? ''
  const fields = Object.keys(value).filter((name) => value[name] !== undefined && value[name] !== null)
  return `{${fields
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
    .join()}}`
}
