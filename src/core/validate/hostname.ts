import type { Place } from './violations.js'

const domain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const longest = 253

/** A host name that clients ask for: `*`, a domain, or `*.` and a domain. */
export function checkHostname(at: Place, hostname: string): void {
  if (hostname === '*') return
  if (hostname.length > longest) at.add(`must be at most ${longest} characters`)
  if (hostname.startsWith('*.')) {
    if (!domain.test(hostname.slice(2))) at.add('invalid wildcard domain')
  } else if (!domain.test(hostname)) {
    at.add('invalid hostname')
  }
}
