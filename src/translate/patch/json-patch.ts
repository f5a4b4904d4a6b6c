/** One step of RFC 6902, JSON Patch. `path` and `from` are JSON pointers. */
export interface JsonPatch {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy'
  readonly path: string
  readonly from?: string
  readonly value?: unknown
}

type Parent = unknown[] | Record<string, unknown>

/**
 * Applies steps to a copy of a JSON value. As Kuma does it: `add` makes the objects on the way, `remove` of what isn't there does
 * nothing, a negative index counts from the end.
 * @throws Error that says which step failed and why
 */
export function applyJsonPatches(document: unknown, patches: readonly JsonPatch[]): unknown {
  const root: Record<string, unknown> = { document: structuredClone(document) }
  for (const [i, patch] of patches.entries()) {
    const fault = applyOne(root, patch)
    if (fault) throw new Error(`jsonPatches[${i}]: ${fault}`)
  }
  return root['document']
}

function applyOne(root: Record<string, unknown>, { op, path, from, value }: JsonPatch): string | undefined {
  if (op === 'add') return add(root, path, value)
  if (op === 'remove') return remove(root, path)
  if (op === 'replace') return replace(root, path, value)
  const source = from === undefined ? undefined : read(root, from)
  if (source === undefined) return `there is nothing at ${from === undefined ? 'an empty "from"' : from}`
  const copy = structuredClone(source)
  if (op === 'copy') return add(root, path, copy)
  return remove(root, from ?? '') ?? add(root, path, copy)
}

/** The pointer's keys, below the document. */
function keysOf(pointer: string): string[] {
  const keys = pointer.split('/').slice(1)
  return ['document', ...keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))]
}

function isParent(value: unknown): value is Parent {
  return typeof value === 'object' && value !== null
}

function indexIn(key: string, last: number): number | undefined {
  const index = Number(key)
  if (!/^-?\d+$/.test(key)) return undefined
  const counted = index < 0 ? last + 1 + index : index
  return counted >= 0 && counted <= last ? counted : undefined
}

function child(parent: Parent, key: string): unknown {
  if (!Array.isArray(parent)) return Object.hasOwn(parent, key) ? parent[key] : undefined
  const index = indexIn(key, parent.length - 1)
  return index === undefined ? undefined : parent[index]
}

function read(root: Parent, pointer: string): unknown {
  let current: unknown = root
  for (const key of keysOf(pointer)) {
    if (!isParent(current)) return undefined
    current = child(current, key)
  }
  return current
}

function parentOf(root: Parent, keys: readonly string[], { make }: { readonly make: boolean }): Parent | undefined {
  let current: Parent = root
  for (const [i, key] of keys.slice(0, -1).entries()) {
    let next = child(current, key)
    if (next === undefined && make) {
      next = /^(-|\d+)$/.test(keys[i + 1] ?? '') ? [] : {}
      if (setIn(current, key, next) !== undefined) return undefined
    }
    if (!isParent(next)) return undefined
    current = next
  }
  return current
}

function setIn(parent: Parent, key: string, value: unknown): string | undefined {
  if (!Array.isArray(parent)) {
    Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true })
    return undefined
  }
  const index = key === '-' ? parent.length : indexIn(key, parent.length)
  if (index === undefined) return `${key} is no place in a list of ${parent.length}`
  parent.splice(index, 0, value)
  return undefined
}

function add(root: Parent, pointer: string, value: unknown): string | undefined {
  const keys = keysOf(pointer)
  const parent = parentOf(root, keys, { make: true })
  return parent ? setIn(parent, keys.at(-1) ?? '', value) : `there is nothing to add ${pointer} to`
}

function remove(root: Parent, pointer: string): undefined {
  const keys = keysOf(pointer)
  const key = keys.at(-1) ?? ''
  const parent = parentOf(root, keys, { make: false })
  if (!parent) return undefined
  if (!Array.isArray(parent)) delete parent[key]
  else {
    const index = indexIn(key, parent.length - 1)
    if (index !== undefined) parent.splice(index, 1)
  }
  return undefined
}

function replace(root: Parent, pointer: string, value: unknown): string | undefined {
  const keys = keysOf(pointer)
  const key = keys.at(-1) ?? ''
  const parent = parentOf(root, keys, { make: false })
  if (!parent || child(parent, key) === undefined) return `there is nothing at ${pointer} to replace`
  if (!Array.isArray(parent)) return setIn(parent, key, value)
  parent[indexIn(key, parent.length - 1) ?? 0] = value
  return undefined
}
