import { pathOnly } from './request.js'

/**
 * A path as Envoy makes it before it looks at routes, where `normalize_path` is on: dots resolved, backslashes turned, escapes of
 * unreserved characters undone. The query stays. `undefined`: Envoy refuses the request.
 */
export function normalizedPath(path: string, { mergeSlashes = false } = {}): string | undefined {
  const before = pathOnly(path)
  const query = path.slice(before.length)
  if (!before.startsWith('/')) return undefined
  const decoded = before.replaceAll('\\', '/').replace(/%([0-9a-f]{2})/gi, (escaped, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16))
    return /[A-Za-z0-9._~-]/.test(character) ? character : escaped
  })
  const segments: string[] = []
  const parts = decoded.slice(1).split('/')
  for (const [i, part] of parts.entries()) {
    const last = i === parts.length - 1
    if (part === '..') segments.pop()
    if (part !== '.' && part !== '..') segments.push(part)
    else if (last) segments.push('')
  }
  const resolved = `/${segments.join('/')}`
  return (mergeSlashes ? resolved.replaceAll(/\/{2,}/g, '/') : resolved) + query
}
