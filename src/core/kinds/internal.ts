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

export const virtualAddressesSchema = () =>
  p.message({
    addresses: p.map(p.string()),
    clusterOutbounds: p.list(p.message({ address: p.string(), port: p.uint32(), tags: p.map(p.string()) })),
  })

export type VirtualAddressesSpec = z.infer<ReturnType<typeof virtualAddressesSchema>>

/**
 * The virtual addresses of a mesh's `kuma.io/service` tags, hosts and VirtualOutbounds, by what they stand for. Kuma has them in a
 * Config named `kuma-<mesh>-dns-vips`; here they are in their mesh, and go with it. `clusterOutbounds` are the addresses that a
 * Kubernetes cluster itself gave to the services of tags.
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

/** In a Kubernetes cluster, the one that its controllers write. */
export const clusterAddressesName = 'cluster-vips'

export const serviceInsightSchema = () =>
  p.message({
    services: p.map(
      p.message({
        serviceType: p.string(),
        dataplanes: p.message({ total: p.uint32(), online: p.uint32(), offline: p.uint32() }),
        issuedBackends: p.map(p.uint32()),
      }),
    ),
  })

export type ServiceInsightSpec = z.infer<ReturnType<typeof serviceInsightSchema>>

/**
 * What is kept of a mesh's services because configuration follows from it: who takes TLS. Kuma keeps more in it. Source:
 * service_insight.proto.
 */
export const ServiceInsight = defineKind<ServiceInsightSpec>({
  type: 'ServiceInsight',
  plural: 'service-insights',
  displayName: { singular: 'Service Insight', plural: 'Service Insights' },
  scope: 'Mesh',
  encoding: 'proto',
  readOnly: true,
  schema: serviceInsightSchema,
})

export const caRotationSchema = () =>
  p.message({
    current: p.message({ backend: p.string(), certificate: p.string() }),
    former: p.message({ backend: p.string(), certificate: p.string(), since: p.timestamp() }),
  })

export type CaRotationSpec = z.infer<ReturnType<typeof caRotationSchema>>

/**
 * The CA of a mesh, and while proxies go over to it the one that they believe besides, each by its certificate alone: what a control
 * plane that starts meanwhile can't know otherwise. Kuma has nothing like it.
 */
export const CaRotation = defineKind<CaRotationSpec>({
  type: 'CaRotation',
  plural: 'ca-rotations',
  displayName: { singular: 'CA Rotation', plural: 'CA Rotations' },
  scope: 'Mesh',
  encoding: 'proto',
  readOnly: true,
  schema: caRotationSchema,
})

/** The one in each mesh. */
export const caRotationName = 'ca-rotation'

const internalKinds: readonly Kind[] = [Config, VirtualAddresses, ServiceInsight, CaRotation]

/** For those who handle all that is stored. */
export function withInternalKinds({ kinds }: Registry): Registry {
  return createRegistry([...kinds, ...internalKinds])
}
