import { isRecord } from '../schema/decode.js'
import { type Fields, type Report, deprecated, mapList } from './report.js'

/*
 * Before 0.7 tags had no prefix: `service` and `protocol`. A set of tags that has `service` but not `kuma.io/service` was written
 * then; in any other set these two are tags like all others.
 */

const renamed: Readonly<Record<string, string>> = { service: 'kuma.io/service', protocol: 'kuma.io/protocol' }

/** The tags under today's names. */
export function modernTags(tags: unknown, path: string, report: Report): unknown {
  if (!isRecord(tags) || !('service' in tags) || 'kuma.io/service' in tags) return tags
  const entries = Object.entries(tags).map(([key, value]): [string, unknown] => {
    const name = Object.hasOwn(renamed, key) ? (renamed[key] ?? key) : key
    if (name === key || name in tags) return [key, value]
    deprecated(report, `${path}.${key}`, '0.6', `${name}: ${JSON.stringify(value)}`)
    return [name, value]
  })
  return Object.fromEntries(entries)
}

/** A spec with today's tags in its `sources`, `destinations` and `selectors`. */
export function modernSelectors(spec: unknown, report: Report): unknown {
  const select = (path: string) => (entry: unknown, index: number) =>
    isRecord(entry) ? withModernTags(entry, 'match', `${path}[${index}]`, report) : entry
  return ['sources', 'destinations', 'selectors'].reduce((value, field) => mapList(value, field, select(field)), spec)
}

/** The object with today's tags in one of its fields. */
export function withModernTags(value: Fields, field: string, path: string, report: Report): Fields {
  return field in value ? { ...value, [field]: modernTags(value[field], path === '' ? field : `${path}.${field}`, report) } : value
}
