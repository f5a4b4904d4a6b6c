import type { Tags } from './tags.js'

/** What a name stands for, in the order in which addresses are handed out. */
const kinds = ['service', 'host', 'fqdn'] as const
export type VipKind = (typeof kinds)[number]

export interface VipPort {
  /** 0: any. */
  readonly port: number
  readonly tags: Tags
  /** Who asked for it. */
  readonly origin: string
}

/** A name with a virtual address. */
export interface VipEntry {
  readonly kind: VipKind
  readonly name: string
  /** The address of names that are one. */
  readonly ownAddress?: string
  /** In ascending order. */
  readonly ports: readonly VipPort[]
}

/** Names and ports that ask for a virtual address. Of two that ask for the same port of a name, the first gets it. */
export interface VipTable {
  add(kind: VipKind, name: string, port: VipPort, ownAddress?: string): void
  entries(): readonly VipEntry[]
}

export function newVipTable(): VipTable {
  const all = new Map<string, VipEntry & { readonly ports: VipPort[] }>()
  return {
    add(kind, name, port, ownAddress) {
      const key = `${kind} ${name}`
      const known = all.get(key)
      if (!known) all.set(key, { kind, name, ownAddress, ports: [port] })
      else if (!known.ports.some((p) => p.port === port.port)) {
        known.ports.push(port)
        known.ports.sort((a, b) => a.port - b.port)
      }
    },
    entries: () =>
      [...all.values()].sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
  }
}
