import type { Address, CidrRange } from '../gen/envoy/config/core/v3/address.js'

/** An address that can be dialled. Unix sockets are none. */
export interface SocketTarget {
  readonly address: string
  readonly port: number
}

export function socketTarget(address: Address | undefined): SocketTarget | undefined {
  if (address?.address?.$case !== 'socketAddress') return undefined
  const { address: host = '', portSpecifier } = address.address.socketAddress
  return portSpecifier?.$case === 'portValue' ? { address: host, port: portSpecifier.portValue } : undefined
}

/** Whether an IP address is in a range; those of the other family never are. */
export function isWithin({ addressPrefix = '', prefixLen = 0 }: CidrRange, address: string): boolean {
  const [range, bits] = [bitsOf(addressPrefix), bitsOf(address)]
  return range !== undefined && bits !== undefined && range.length === bits.length && range.slice(0, prefixLen) === bits.slice(0, prefixLen)
}

function bitsOf(address: string): string | undefined {
  const groups = address.includes(':') ? groupsOf(address) : address.split('.').map(Number)
  const width = address.includes(':') ? 16 : 8
  const valid = groups.length * width === (width === 16 ? 128 : 32) && groups.every((n) => Number.isInteger(n) && n >= 0 && n < 2 ** width)
  return valid ? groups.map((n) => n.toString(2).padStart(width, '0')).join('') : undefined
}

function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const numbers = (text: string) => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)))
  if (tail === undefined) return numbers(head)
  const [before, after] = [numbers(head), numbers(tail)]
  return [...before, ...Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => 0), ...after]
}
