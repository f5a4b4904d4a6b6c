import type { Issue } from '../issue.js'
import { isRecord } from '../schema/decode.js'

export type Report = (issue: Issue) => void
export type Fields = Readonly<Record<string, unknown>>

/**
 * Says that something is spelled as long ago.
 * @param since the newest version that still wrote it so
 * @param today how to write it now, as YAML on one line
 */
export function deprecated(report: Report, path: string, since: string, today: string): void {
  report({ level: 'deprecated', code: 'older-spelling', path, message: `is the spelling of Kuma ${since}; write ${today}` })
}

/** The value of a field where it is an object. */
export function objectAt(value: unknown, field: string): Fields | undefined {
  const inner = isRecord(value) ? value[field] : undefined
  return isRecord(inner) ? inner : undefined
}

/** The object with another value in place of one of its objects; unchanged where there is none. */
export function mapObject<T>(value: T, field: string, change: (inner: Fields) => Fields): T {
  const inner = objectAt(value, field)
  return inner ? { ...value, [field]: change(inner) } : value
}

/** The object with each entry of one of its lists changed; unchanged where there is none. */
export function mapList<T>(value: T, field: string, change: (entry: unknown, index: number) => unknown): T {
  const list = isRecord(value) ? value[field] : undefined
  return Array.isArray(list) ? { ...value, [field]: list.map(change) } : value
}
