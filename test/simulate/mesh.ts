import { applyAll } from '../../src/core/apply.js'
import { parseObject } from '../../src/core/parse.js'
import type { Resource } from '../../src/core/resource.js'
import { registry } from '../../src/translate/kinds.js'
import type { Dice } from './dice.js'
import { randomPolicies } from './policies.js'
import { versions } from './vocabulary.js'

/** Ports that all proxies have in common: their addresses tell them apart. */
export interface Ports {
  readonly inbound: number
  readonly application: number
  /** One for each service that is dialled. */
  readonly outbound: readonly number[]
}

/** A random mesh whose proxies can really run on this machine's loopback addresses. */
export interface RandomMesh {
  readonly name: string
  readonly resources: readonly Resource[]
  /** What each proxy can dial: services, and subsets of them, by port. */
  readonly dialled: readonly { readonly service: string; readonly port: number }[]
}

const proxies = [
  ['web', 'http', 'v1'],
  ['api', 'http', 'v1'],
  ['api', 'http', 'v2'],
  ['cart', 'http', 'v1'],
  ['cart', 'http', 'v1'],
  ['db', 'tcp', 'v1'],
  ['log', undefined, 'v2'],
] as const

const outbounds = [
  { 'kuma.io/service': 'web' },
  { 'kuma.io/service': 'api' },
  { 'kuma.io/service': 'cart' },
  { 'kuma.io/service': 'db' },
  { 'kuma.io/service': 'log' },
  { 'kuma.io/service': 'nobody' },
] as const

export const outboundsOfEach = outbounds.length

/** @param index makes the addresses of meshes that run at once differ */
export function randomMesh(dice: Dice, index: number, ports: Ports): RandomMesh {
  const name = `mesh-${index}`
  const mtls = dice.pick([undefined, 'STRICT', 'STRICT', 'STRICT', 'PERMISSIVE'])
  const mesh = {
    type: 'Mesh',
    name,
    skipCreatingInitialPolicies: ['*'],
    ...(mtls && { mtls: { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin', mode: mtls }] } }),
  }
  const dataplanes = proxies.map(([service, protocol, version], i) =>
    dataplane(name, `127.${100 + Math.floor(index / 250)}.${index % 250}.${i + 1}`, i, ports, {
      service,
      protocol,
      version: dice.chance(0.2) ? dice.pick(versions) : version,
    }),
  )
  const policies = randomPolicies(dice, name).map((policy, i) => ({ ...policy, mesh: name, name: `policy-${i}` }))
  const parsed = [mesh, ...dataplanes, ...policies].flatMap((value) => parseObject(JSON.parse(JSON.stringify(value)), registry).items)
  const { resources } = applyAll(parsed, { registry, defaultMesh: false })
  return { name, resources, dialled: outbounds.map((tags, i) => ({ service: tags['kuma.io/service'], port: ports.outbound[i] ?? 0 })) }
}

function dataplane(
  mesh: string,
  address: string,
  index: number,
  { inbound, application, outbound }: Ports,
  tags: { service: string; protocol?: string; version: string },
): object {
  return {
    type: 'Dataplane',
    mesh,
    name: `${tags.service}-${index}`,
    networking: {
      address,
      inbound: [
        {
          port: inbound,
          servicePort: application,
          tags: { 'kuma.io/service': tags.service, ...(tags.protocol && { 'kuma.io/protocol': tags.protocol }), version: tags.version },
        },
      ],
      outbound: outbounds.map((to, i) => ({ address, port: outbound[i], tags: to })),
    },
  }
}
