import { goQuote } from '../go.js'
import type { TagRules } from './tags.js'
import { protocolTag } from './tags.js'

const known = ['http', 'http2', 'tcp', 'tls', 'grpc', 'kafka', 'mysql']

/** Whether the control plane knows a protocol, in any case of letters. */
export function knownProtocol(name: string): boolean {
  return known.includes(name.toLowerCase())
}

/** What messages tell of the protocols of an inbound. */
export const protocolHint = 'Allowed values: grpc, http, http2, kafka, tcp'

/** A rule for {@link TagRules.extra}: the protocol tag, where there is one, names a known protocol. */
export const checkProtocolTag: NonNullable<TagRules['extra']> = (at, tags) => {
  const protocol = tags[protocolTag]
  if (protocol === undefined || knownProtocol(protocol)) return
  at.key(protocolTag).add(`tag ${goQuote(protocolTag)} has an invalid value ${goQuote(protocol)}. ${protocolHint}`)
}
