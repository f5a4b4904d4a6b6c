import type * as z from 'zod'
import { defineKind } from '../kind.js'
import { dataplane02 } from '../older/kuma-0.2.js'
import { modernDataplane } from '../older/kuma-0.4.js'
import * as p from '../schema/proto.js'
import { admitDataplane, listenerLabels } from './dataplane-admit.js'
import { validateDataplane } from './dataplane-validate.js'

const dataplane = 'kuma.mesh.v1alpha1.Dataplane'

const inbound = () =>
  p.message({
    port: p.uint32(),
    servicePort: p.uint32(),
    serviceAddress: p.string(),
    address: p.string(),
    tags: p.map(p.string()),
    health: p.message({ ready: p.bool() }),
    serviceProbe: p.message(
      {
        interval: p.duration(),
        timeout: p.duration(),
        unhealthyThreshold: p.uint32Value(),
        healthyThreshold: p.uint32Value(),
        tcp: p.message({}),
      },
      { snake: ['unhealthyThreshold', 'healthyThreshold'] },
    ),
    state: p.enumeration(`${dataplane}.Networking.Inbound.State`, ['Ready', 'NotReady', 'Ignored']),
    name: p.string(),
    protocol: p.string(),
  })

const outbound = () =>
  p.message({
    address: p.string(),
    port: p.uint32(),
    tags: p.map(p.string()),
    backendRef: p.message({ kind: p.string(), name: p.string(), port: p.uint32(), labels: p.map(p.string()) }),
  })

const transparentProxying = () =>
  p.message(
    {
      redirectPortInbound: p.uint32(),
      redirectPortOutbound: p.uint32(),
      directAccessServices: p.list(p.string()),
      reachableServices: p.list(p.string()),
      ipFamilyMode: p.enumeration(`${dataplane}.Networking.TransparentProxying.IpFamilyMode`, ['UnSpecified', 'DualStack', 'IPv4', 'IPv6']),
      reachableBackends: p.message({
        refs: p.list(
          p.message({
            kind: p.string(),
            name: p.string(),
            namespace: p.string(),
            port: p.uint32Value(),
            labels: p.map(p.string()),
          }),
        ),
      }),
    },
    {
      snake: [
        'redirectPortInbound',
        'redirectPortOutbound',
        'directAccessServices',
        'reachableServices',
        'ipFamilyMode',
        'reachableBackends',
      ],
    },
  )

const listener = () =>
  p.message({
    type: p.enumeration(`${dataplane}.Networking.Listener.Type`, ['Unspecified', 'ZoneIngress', 'ZoneEgress']),
    address: p.string(),
    port: p.uint32(),
    name: p.string(),
    state: p.enumeration(`${dataplane}.Networking.Listener.State`, ['Ready', 'NotReady']),
  })

const networking = () =>
  p.message(
    {
      address: p.string(),
      advertisedAddress: p.string(),
      gateway: p.message({
        tags: p.map(p.string()),
        type: p.enumeration(`${dataplane}.Networking.Gateway.GatewayType`, ['DELEGATED', 'BUILTIN']),
      }),
      inbound: p.list(inbound()),
      outbound: p.list(outbound()),
      transparentProxying: transparentProxying(),
      admin: p.message({ port: p.uint32() }),
      listeners: p.list(listener()),
    },
    { snake: ['transparentProxying'] },
  )

/** Source: dataplane.proto. */
export const dataplaneSchema = () =>
  p.message({
    networking: networking(),
    metrics: p.message({ name: p.string(), type: p.string(), conf: p.struct() }),
    probes: p.message({
      port: p.uint32(),
      endpoints: p.list(
        p.message({ inboundPort: p.uint32(), inboundPath: p.string(), path: p.string() }, { snake: ['inboundPort', 'inboundPath'] }),
      ),
    }),
  })

export type DataplaneSpec = z.infer<ReturnType<typeof dataplaneSchema>>
export type DataplaneNetworking = NonNullable<DataplaneSpec['networking']>
export type DataplaneInbound = NonNullable<DataplaneNetworking['inbound']>[number]
export type DataplaneOutbound = NonNullable<DataplaneNetworking['outbound']>[number]

/** A proxy, the workload beside it and what the workload may dial. */
export const Dataplane = defineKind<DataplaneSpec>({
  type: 'Dataplane',
  plural: 'dataplanes',
  shortName: 'dp',
  displayName: { singular: 'Dataplane', plural: 'Dataplanes' },
  scope: 'Mesh',
  encoding: 'proto',
  providedByZone: true,
  proxyType: (spec) => (spec.networking?.gateway?.type === 'BUILTIN' ? 'gateway' : 'sidecar'),
  labels: listenerLabels,
  modernise: (spec, report) => modernDataplane(dataplane02(spec, report), report),
  schema: dataplaneSchema,
  validate: validateDataplane,
  admit: admitDataplane,
})
