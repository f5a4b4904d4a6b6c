import type { Match } from '../target-ref.js'
import { subdomainFaults } from './kubernetes-names.js'
import type { Place } from './violations.js'

/** What is wrong with a SPIFFE ID, if anything. Source: the SPIFFE ID standard. */
export function spiffeFault(id: string): string | undefined {
  if (id === '') return 'cannot be empty'
  if (!id.startsWith('spiffe://')) return 'scheme is missing or invalid'
  const rest = id.slice('spiffe://'.length)
  const slash = rest.indexOf('/')
  const trustDomain = slash < 0 ? rest : rest.slice(0, slash)
  if (!/^[a-z0-9._-]*$/.test(trustDomain)) {
    return 'trust domain characters are limited to lowercase letters, numbers, dots, dashes, and underscores'
  }
  if (trustDomain === '') return 'trust domain is missing'
  return slash < 0 ? undefined : spiffePathFault(rest.slice(slash + 1))
}

function spiffePathFault(path: string): string | undefined {
  const segments = path.split('/')
  for (const [i, segment] of segments.entries()) {
    if (segment === '') return i === segments.length - 1 ? 'path cannot have a trailing slash' : 'path cannot contain empty segments'
    if (segment === '.' || segment === '..') return 'path cannot contain dot segments'
    if (!/^[a-zA-Z0-9._-]*$/.test(segment)) {
      return 'path segment characters are limited to letters, numbers, dots, dashes, and underscores'
    }
  }
  return undefined
}

/** Rules of a rule's match. That something is matched at all is for each policy to demand. */
export function checkMatch(at: Place, { spiffeID, sni }: Match): void {
  const fault = spiffeID && spiffeFault(spiffeID.value)
  if (fault) at.field('spiffeID').add(`must be a valid Spiffe ID: ${fault}`)
  if (!sni) return
  if (sni.value === '') at.field('sni.value').add('must be set')
  else for (const message of subdomainFaults(sni.value)) at.field('sni.value').add(message)
}
