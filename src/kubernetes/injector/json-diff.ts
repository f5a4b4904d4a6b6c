import type { JsonPatch } from '../../translate/patch/json-patch.js'

/** The steps (RFC 6902) that make one JSON value of another. Lists of other lengths are replaced whole. */
export function jsonDiff(before: unknown, after: unknown, path = ''): JsonPatch[] {
  if (isRecord(before) && isRecord(after)) {
    const removed = Object.keys(before).filter((key) => after[key] === undefined)
    const kept = Object.keys(after).filter((key) => after[key] !== undefined)
    return [
      ...removed.map((key): JsonPatch => ({ op: 'remove', path: below(path, key) })),
      ...kept.flatMap((key): JsonPatch[] =>
        before[key] === undefined
          ? [{ op: 'add', path: below(path, key), value: after[key] }]
          : jsonDiff(before[key], after[key], below(path, key)),
      ),
    ]
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return after.flatMap((item, i) => jsonDiff(before[i], item, below(path, String(i))))
  }
  return before === after ? [] : [{ op: 'replace', path, value: after }]
}

const below = (path: string, key: string) => `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
