import type { CidrRange } from '../../../gen/envoy/config/core/v3/address.js'
import { ipv6Groups, isIpv4 } from '../../../core/validate/address.js'

/** The network of an address with a prefix length (`10.1.2.3/8` is in `10.0.0.0/8`); `undefined`: the text is none. */
export function cidrRange(text: string): CidrRange | undefined {
  const [, address = '', length = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? []
  const prefixLen = Number(length)
  if (address === '' || String(prefixLen) !== length) return undefined
  if (isIpv4(address)) {
    if (prefixLen > 32) return undefined
    return { addressPrefix: masked(address.split('.').map(Number), 8, prefixLen).join('.'), prefixLen }
  }
  const groups = ipv6Groups(address)
  if (!groups || prefixLen > 128) return undefined
  return { addressPrefix: ipv6Text(masked(groups, 16, prefixLen)), prefixLen }
}

function masked(parts: readonly number[], bits: number, prefixLen: number): number[] {
  return parts.map((part, i) => {
    const kept = Math.min(bits, Math.max(0, prefixLen - i * bits))
    return part - (part % 2 ** (bits - kept))
  })
}

/** As RFC 5952 wants it: the longest run of zeros, of equal ones the first, becomes `::`. */
function ipv6Text(groups: readonly number[]): string {
  const text = groups.map((group) => group.toString(16)).join(':')
  const runs = [...text.matchAll(/\b0(:0)+\b/g)]
  const longest = runs.reduce((best, [run]) => (run.length > best.length ? run : best), '')
  return longest === '' ? text : text.replace(new RegExp(`(^|:)${longest}(:|$)`), '::')
}
