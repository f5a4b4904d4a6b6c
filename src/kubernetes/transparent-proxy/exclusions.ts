import { z } from 'zod'

/** Which family of addresses rules are for: `iptables` has those of IPv4, `ip6tables` those of IPv6. */
export type Family = 'IPv4' | 'IPv6'

/** Connections of users to ports that are left alone. Lists and ranges are as iptables takes them. */
export interface UserExclusion {
  readonly protocol: 'tcp' | 'udp'
  /** `80`, `80,8000:8080` */
  readonly ports: string
  /** `1000`, `1000:1010` */
  readonly uids: string
}

/** Packets of interfaces that belong to a virtual network, such as a bridge of containers. */
export interface VirtualNetwork {
  /** A name, or its beginning and `+`. */
  readonly interface: string
  /** What does not leave the network. */
  readonly cidr: string
}

/**
 * Reads `<protocols>:<ports>:<uids>`: `tcp:22,8000-8080:1000-1010`, `53:1001` for both protocols, `1003` for all ports.
 * @returns one for each protocol; undefined when it can't be read
 */
export function readUserExclusion(text: string): readonly UserExclusion[] | undefined {
  const parts = text.split(':').map((part) => part.trim())
  if (parts.length > 3) return undefined
  const [uids = '', ports = '*', protocols = '*'] = parts.reverse()
  const readPorts = ports === '*' || ports === '' ? '1:65535' : rangesOf(ports, 65_535)
  const readUids = uids.includes(',') ? undefined : rangesOf(uids, 4_294_967_294)
  const readProtocols = protocols === '*' || protocols === '' ? ['tcp', 'udp'] : protocols.split(',').map((one) => one.trim().toLowerCase())
  if (readPorts === undefined || readUids === undefined || !readProtocols.every(isProtocol)) return undefined
  return readProtocols.map((protocol) => ({ protocol, ports: readPorts, uids: readUids }))
}

const isProtocol = (text: string): text is 'tcp' | 'udp' => text === 'tcp' || text === 'udp'

/** `80,8000-8080` as iptables writes it: `80,8000:8080`. */
function rangesOf(text: string, largest: number): string | undefined {
  const ranges = text.split(',').map((range) => range.trim().split('-'))
  const good = ranges.every(
    (ends) => ends.length <= 2 && ends.every((end) => /^\d{1,10}$/.test(end) && Number(end) <= largest) && rises(ends),
  )
  return good ? ranges.map((ends) => ends.map(Number).join(':')).join(',') : undefined
}

const rises = ([from, to = from]: readonly string[]) => Number(from) <= Number(to)

/** Reads `docker0:172.17.0.0/16`, `br+:172.18.0.0/16`, `cni0:fd00::/64`. */
export function readVirtualNetwork(text: string): VirtualNetwork | undefined {
  const [, name = '', cidr = ''] = /^([^:]*):(.*)$/.exec(text.trim()) ?? []
  // Names come into a text that another program reads: no blank and no quote may be in one.
  if (!/^[\w.@-]{1,15}\+?$/.test(name) || !cidr.includes('/') || familyOf(cidr) === undefined) return undefined
  return { interface: name, cidr }
}

/** Of which family an address or CIDR is; undefined when it is neither. */
export function familyOf(address: string): Family | undefined {
  if (addresses.IPv4.safeParse(address).success) return 'IPv4'
  return addresses.IPv6.safeParse(address).success ? 'IPv6' : undefined
}

const addresses = { IPv4: z.union([z.ipv4(), z.cidrv4()]), IPv6: z.union([z.ipv6(), z.cidrv6()]) }
