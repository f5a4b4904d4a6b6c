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
  ['cart', 'http2', 'v1'],
  ['cart', 'http2', 'v1'],
  ['rpc', 'grpc', 'v1'],
  ['rpc', 'grpc', 'v2'],
  ['db', 'tcp', 'v1'],
  ['log', undefined, 'v2'],
] as const

const outbounds = ['web', 'api', 'cart', 'rpc', 'db', 'log', 'far', 'outside', 'nobody'] as const

export const outboundsOfEach = outbounds.length

/** What surrounds the proxies beside applications: objects as users write them, without their mesh. */
export interface Surroundings {
  /** What the Mesh says beside its mTLS. */
  readonly mesh: object
  readonly objects: readonly object[]
}

/** @param index makes the addresses of meshes that run at once differ */
export function randomMesh(
  dice: Dice,
  index: number,
  ports: Ports,
  surround: (secured: boolean) => Surroundings = () => ({ mesh: {}, objects: [] }),
): RandomMesh {
  const name = meshName(index)
  const mtls = dice.pick([undefined, 'STRICT', 'STRICT', 'STRICT', 'PERMISSIVE'])
  const { mesh, objects } = surround(mtls !== undefined)
  const dataplanes = proxies.map(([service, protocol, version], i) =>
    dataplane(name, addressIn(index, i + 1), i, ports, { service, protocol, version: dice.chance(0.2) ? dice.pick(versions) : version }),
  )
  const policies = randomPolicies(dice, name).map((policy, i) => ({ ...policy, mesh: name, name: `policy-${i}` }))
  const resources = stored([
    {
      type: 'Mesh',
      name,
      skipCreatingInitialPolicies: ['*'],
      ...(mtls && { mtls: { enabledBackend: 'ca', backends: [{ name: 'ca', type: 'builtin', mode: mtls }] } }),
      ...mesh,
    },
    ...dataplanes,
    ...policies,
    ...objects,
  ])
  return { name, resources, dialled: outbounds.map((service, i) => ({ service, port: ports.outbound[i] ?? 0 })) }
}

export const meshName = (index: number): string => `mesh-${index}`

/** One of the 254 addresses that a mesh has to itself. */
export function addressIn(index: number, last: number): string {
  return `127.${100 + Math.floor(index / 250)}.${index % 250}.${last}`
}

/** As a control plane stores them; what is refused is left out. */
export function stored(objects: readonly object[], zone?: string): readonly Resource[] {
  const parsed = objects.flatMap((value) => parseObject(JSON.parse(JSON.stringify(value)), registry).items)
  return applyAll(parsed, { registry, defaultMesh: false, ...(zone !== undefined && { zone }) }).resources
}

/** A proxy with an application behind it, which can dial everything. */
export function dataplane(
  mesh: string,
  address: string,
  index: number,
  { inbound, application, outbound }: Ports,
  tags: { readonly service: string; readonly protocol?: string; readonly version: string },
  more: object = { outbound: outbounds.map((service, i) => ({ address, port: outbound[i], tags: { 'kuma.io/service': service } })) },
): object {
  const own = { 'kuma.io/service': tags.service, ...(tags.protocol && { 'kuma.io/protocol': tags.protocol }), version: tags.version }
  return {
    type: 'Dataplane',
    mesh,
    name: `${tags.service}-${index}`,
    networking: { address, inbound: [{ port: inbound, servicePort: application, tags: own }], ...more },
  }
}
