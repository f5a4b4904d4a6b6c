import type { Violation } from '../../../core/kind.js'
import { checkTargetRef } from '../../../core/target-ref.js'
import { isDnsName, isIp } from '../../../core/validate/address.js'
import { checkPortNumber } from '../../../core/validate/numbers.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import { cidrRange } from './cidr.js'
import type { MeshPassthroughSpec, PassthroughMatch } from './schema.js'

const layer7: readonly string[] = ['grpc', 'http', 'http2']

/** The rules of a MeshPassthrough that its shape can't say. */
export function validatePassthrough({ targetRef, default: conf = {} }: MeshPassthroughSpec): Violation[] {
  const root = collect('spec')
  checkTargetRef(root.field('targetRef'), targetRef, { kinds: ['Mesh', 'MeshSubset', 'Dataplane'] })
  const protocols = new Map<number, string>()
  const known = new Set<string>()
  for (const [i, match] of (conf.appendMatch ?? []).entries()) {
    const at = root.field('default.appendMatch').index(i)
    checkPort(at, match, protocols, known)
    checkValue[match.type](at, match)
  }
  return root.violations
}

/** Envoy can't tell one layer 7 protocol from another on the same port. */
function checkPort(at: Place, { port, protocol, value }: PassthroughMatch, protocols: Map<number, string>, known: Set<string>): void {
  if (port === undefined) {
    if (protocol === 'mysql') at.field('port').add('port must be defined for Mysql protocol')
    return
  }
  checkPortNumber(at.field('port'), port)
  const other = protocols.get(port)
  if (other !== undefined && other !== protocol && layer7.includes(protocol)) {
    at.field('port').add(
      `using the same port in multiple matches requires the same protocol for the following protocols: [${layer7.join(' ')}]`,
    )
  } else protocols.set(port, protocol)
  const key = `${port} ${protocol} ${value}`
  if (known.has(key)) at.field('value').add(`value ${value} is already defiend for this port and protocol`)
  known.add(key)
}

const checkValue: Readonly<Record<PassthroughMatch['type'], (at: Place, match: PassthroughMatch) => void>> = {
  CIDR(at, { value }) {
    if (!cidrRange(value)) at.field('value').add('provided CIDR has incorrect value')
  },
  IP(at, { value }) {
    if (!isIp(value)) at.field('value').add('provided IP has incorrect value')
  },
  Domain(at, { value, protocol, port }) {
    if (protocol === 'tcp' || protocol === 'mysql') at.field('protocol').add(`protocol ${protocol} is not supported for a domain`)
    if (/^\*[^.]/.test(value)) at.field('value').add('provided DNS has incorrect value, partial wildcard is currently not supported')
    if (port === undefined && value.startsWith('*') && layer7.includes(protocol)) {
      at.field('port').add("wildcard domains doesn't work for all ports and layer 7 protocol")
    }
    const domain = value.startsWith('*.') ? value.slice(2) : value
    if (!domain.startsWith('*') && !isDnsName(domain)) at.field('value').add('provided DNS has incorrect value')
  },
}
