import { wildcard } from './listener.js'

/** Whether a host name (perhaps with a wildcard as its first label) covers another one. */
export function covers(pattern: string, hostname: string): boolean {
  const [head, ...domain] = (pattern || wildcard).split('.')
  const [otherHead, ...otherDomain] = (hostname || wildcard).split('.')
  if (domain.length > otherDomain.length) return false
  const tail = otherDomain.slice(otherDomain.length - domain.length)
  return domain.every((label, i) => label === tail[i]) && (head === wildcard || head === otherHead)
}

/** Whether there is a host that both names cover. */
export function overlap(a: string, b: string): boolean {
  return a === b || covers(a, b) || covers(b, a)
}

/** The more exact host name first: those without wildcards, then the longer domain, then by letters. */
export function compareExactness(a: string, b: string): number {
  const wild = (name: string) => name.split('.')[0] === wildcard
  if (wild(a) !== wild(b)) return wild(a) ? 1 : -1
  const labels = (name: string) => name.split('.').length
  if (wild(a) && labels(a) !== labels(b)) return labels(b) - labels(a)
  return a < b ? -1 : a > b ? 1 : 0
}
