import { goQuote } from '../go.js'

export type PathSegment = string | number

/** A path as Kuma's API writes it: `networking.inbound[0].tags["kuma.io/service"]`. */
export function pathText(segments: readonly PathSegment[]): string {
  let text = ''
  for (const segment of segments) {
    if (typeof segment === 'number') text += `[${segment}]`
    else if (!/^[\w$-]+$/.test(segment)) text += `[${goQuote(segment)}]`
    else text += text === '' ? segment : `.${segment}`
  }
  return text
}

/** The segments of a path text; quoted keys lose their quotes. */
export function pathSegments(text: string): PathSegment[] {
  const segments: PathSegment[] = []
  for (const [, index, key, name] of text.matchAll(/\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)) {
    if (index !== undefined) segments.push(Number(index))
    else segments.push((key ?? name ?? '').replace(/\\(["\\])/g, '$1'))
  }
  return segments
}
