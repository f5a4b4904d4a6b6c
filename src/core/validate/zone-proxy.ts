import { isAddress, sameIp } from './address.js'
import type { Place } from './violations.js'

const loopback = '127.0.0.1'

interface AddressAndPort {
  readonly address?: string
  readonly port?: number
}

/** Envoy's admin interface, which listens on loopback, must not be where the zone proxy itself listens. */
export function checkAdminPort(at: Place, admin: { readonly port?: number } | undefined, taken: readonly AddressAndPort[]): void {
  const clash = ({ address = '', port = 0 }: AddressAndPort) =>
    port === (admin?.port ?? 0) && (address === '0.0.0.0' || address === '::' || sameIp(address, loopback))
  if (admin && taken.some(clash)) at.field('admin.port').add('must differ from port')
}

/** An address of a zone proxy, where it has one. The doubled field name is the peer's: API answers carry it. */
export function checkZoneAddress(at: Place, address: string | undefined): void {
  if (!address) return
  if (address === '0.0.0.0' || address === '::') at.field('address').add('must not be 0.0.0.0 or ::')
  if (!isAddress(address)) at.field('address').add('address has to be valid IP address or domain name')
}
