import type * as z from 'zod'
import { type Kind, type Registry, createRegistry, defineKind } from '../kind.js'
import * as p from '../schema/proto.js'

/*
 * What control planes keep for themselves in the store that they share. These kinds are in no registry: the API shows none of them
 * by itself. Stores keep them like all others, and an export holds them.
 */

export const configSchema = () => p.message({ config: p.string() })

export type ConfigSpec = z.infer<ReturnType<typeof configSchema>>

/** A text under a name. Source: config.proto. */
export const Config = defineKind<ConfigSpec>({
  type: 'Config',
  plural: 'configs',
  displayName: { singular: 'Config', plural: 'Configs' },
  scope: 'Global',
  encoding: 'proto',
  readOnly: true,
  schema: configSchema,
})

export const virtualAddressesSchema = () => p.message({ addresses: p.map(p.string()) })

export type VirtualAddressesSpec = z.infer<ReturnType<typeof virtualAddressesSchema>>

/**
 * The virtual addresses of a mesh's `kuma.io/service` tags, hosts and VirtualOutbounds, by what they stand for. Kuma has them in a
 * Config named `kuma-<mesh>-dns-vips`; here they are in their mesh, and go with it.
 */
export const VirtualAddresses = defineKind<VirtualAddressesSpec>({
  type: 'VirtualAddresses',
  plural: 'virtual-addresses',
  displayName: { singular: 'Virtual Addresses', plural: 'Virtual Addresses' },
  scope: 'Mesh',
  encoding: 'proto',
  readOnly: true,
  schema: virtualAddressesSchema,
})

/** The one in each mesh. */
export const virtualAddressesName = 'dns-vips'

const internalKinds: readonly Kind[] = [Config, VirtualAddresses]

/** For those who handle all that is stored. */
export function withInternalKinds({ kinds }: Registry): Registry {
  return createRegistry([...kinds, ...internalKinds])
}
