import type { Address } from '../../gen/envoy/config/core/v3/address.js'

export function socketAddress(address: string, port: number): Address {
  return { address: { $case: 'socketAddress', socketAddress: { address, portSpecifier: { $case: 'portValue', portValue: port } } } }
}

export function pipeAddress(path: string): Address {
  return { address: { $case: 'pipe', pipe: { path } } }
}

export function isIPv6(address: string): boolean {
  return address.includes(':')
}

/** `host:port`, with brackets around an IPv6 address. */
export function hostPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** Whether the text is an address and no host name. */
export function isIp(address: string): boolean {
  return isIPv6(address) || /^\d{1,3}(\.\d{1,3}){3}$/.test(address)
}
