import { withAvailableServices } from '../../src/core/kinds/available-services.js'
import type { ZoneIngressSpec } from '../../src/core/kinds/zone-ingress.js'
import type { Resource } from '../../src/core/resource.js'
import type { CertificatePair } from '../../src/server/certificates.js'
import { type Fleet, type ProxyKey, createFleet } from '../../src/translate/fleet.js'
import type { Dice } from './dice.js'
import { edge, randomGateway } from './gateways.js'
import { type Ports, addressIn, dataplane, meshName, randomMesh, stored } from './mesh.js'

/* A random mesh with all that is around it: a gateway, a zone egress, services outside and in another zone, transparent proxying. */

export interface WorldPorts extends Ports {
  readonly gateway: readonly number[]
  readonly zoneProxy: number
}

export interface RandomWorld {
  readonly name: string
  readonly index: number
  /** Of the zone whose proxies are called from. */
  readonly fleet: Fleet
  readonly otherZone: Fleet
  readonly entrances: readonly Entrance[]
  /** Where applications listen. */
  readonly applications: readonly string[]
}

/** A place at which requests come in. */
export interface Entrance {
  readonly from: ProxyKey
  readonly to: string
  readonly port: number
  /** Where a client really connects: virtual addresses have a place of their own on this machine. */
  readonly address: string
  readonly http: boolean
  /** Of TLS that ends there. */
  readonly tls: boolean
}

const otherZone = 'east'
/** Last numbers of addresses; those of applications' proxies begin at 1. */
const places = { transparent: 61, gateway: 71, egress: 72, ingress: 73, far: 81, farApi: 82, outside: 91, alsoOutside: 92 } as const
/** Whether an address is that of an external service. */
export function isOutside(address: string | undefined): boolean {
  const last = Number(address?.split('.')[3])
  return last === places.outside || last === places.alsoOutside
}

const notHttp: ReadonlySet<string> = new Set(['db', 'log', 'nobody'])

export function randomWorld(dice: Dice, index: number, ports: WorldPorts, certificate: CertificatePair): RandomWorld {
  const name = meshName(index)
  const at = (place: keyof typeof places) => addressIn(index, places[place])
  const listeners = ports.gateway.map((port, i) => ({ port, tls: i > 0 }))
  const mesh = randomMesh(dice, index, ports, (secured) => ({
    mesh: { ...(secured && dice.chance(0.5) && { routing: { zoneEgress: true } }) },
    objects: [
      transparent(name, at('transparent'), ports),
      ...['outside', 'alsoOutside'].slice(0, 1 + dice.below(2)).map((place, i) => ({
        type: 'ExternalService',
        mesh: name,
        name: `outside-${i}`,
        tags: { 'kuma.io/service': 'outside', 'kuma.io/protocol': dice.pick(['http', 'http2']), version: `v${i + 1}` },
        networking: { address: `${at(place as 'outside')}:${ports.application}` },
      })),
      { type: 'Secret', mesh: name, name: 'edge', data: btoa(certificate.certificate + certificate.privateKey) },
      ...randomGateway(dice, name, at('gateway'), listeners),
    ],
  }))
  const east = otherZoneOf(mesh.resources, name, ports, { ingress: at('ingress'), far: at('far'), farApi: at('farApi') })
  const egress = { type: 'ZoneEgress', name: `egress-${index}`, networking: { address: at('egress'), port: ports.zoneProxy } }
  const remote = east.filter(({ type }) => type === 'ZoneIngress').map((one) => offering(one as Resource<ZoneIngressSpec>, east))
  const fleet = createFleet([...mesh.resources, ...stored([egress]), ...remote])
  const callers = fleet.proxies().filter((proxy) => proxy.mesh === name)
  return {
    name,
    index,
    fleet,
    otherZone: createFleet(east, { zone: otherZone }),
    entrances: [
      ...callers.flatMap((from) => {
        const address = addressOf(fleet, from)
        if (from.name === edge || from.name === tp) return []
        return mesh.dialled.map(({ service, port }) => ({ from, to: service, port, address, http: !notHttp.has(service), tls: false }))
      }),
      ...virtualEntrances(fleet, { mesh: name, name: tp }, index),
      ...gatewayEntrances(fleet, { mesh: name, name: edge }, listeners),
    ],
    applications: [...callers.map((proxy) => addressOf(fleet, proxy)), at('far'), at('farApi'), at('outside'), at('alsoOutside')],
  }
}

/** Proxies of another zone, which has the same mesh and policies. */
function otherZoneOf(
  resources: readonly Resource[],
  mesh: string,
  ports: WorldPorts,
  at: Readonly<Record<'ingress' | 'far' | 'farApi', string>>,
): readonly Resource[] {
  const shared = resources.filter(
    ({ type }) => !['Dataplane', 'MeshGateway', 'MeshGatewayRoute', 'ExternalService', 'Secret'].includes(type),
  )
  const nothing = { outbound: [] }
  const own = stored(
    [
      { type: 'Mesh', name: mesh, skipCreatingInitialPolicies: ['*'] },
      dataplane(mesh, at.far, 0, ports, { service: 'far', protocol: 'http', version: 'v1' }, nothing),
      dataplane(mesh, at.farApi, 1, ports, { service: 'api', protocol: 'http', version: 'v2' }, nothing),
      { type: 'ZoneIngress', name: `ingress-${mesh}`, networking: zoneAddress(at.ingress, ports.zoneProxy) },
    ],
    otherZone,
  )
  return [...shared, ...own.filter(({ type }) => type !== 'Mesh')]
}

const zoneAddress = (address: string, port: number) => ({ address, port, advertisedAddress: address, advertisedPort: port })

/** An ingress as the other zones know it. */
function offering(ingress: Resource<ZoneIngressSpec>, resources: readonly Resource[]): Resource<ZoneIngressSpec> {
  return { ...ingress, spec: { ...withAvailableServices(ingress.spec, { zone: otherZone, resources }), zone: otherZone } }
}

const tp = 'transparent-0'

/** A proxy whose application dials virtual addresses, which the machine would redirect. */
function transparent(mesh: string, address: string, ports: Ports): object {
  const transparentProxying = { redirectPortInbound: 15006, redirectPortOutbound: 15001, ipFamilyMode: 'IPv4' }
  return dataplane(mesh, address, 0, ports, { service: 'transparent', protocol: 'http', version: 'v1' }, { transparentProxying })
}

/** Where a virtual address of a mesh is on this machine. */
export function virtualPlace(index: number, address: string): string {
  return `127.${200 + Math.floor(index / 250)}.${index % 250}.${1 + (Number(address.split('.')[3]) % 254)}`
}

function virtualEntrances(fleet: Fleet, from: ProxyKey, index: number): Entrance[] {
  const context = fleet.mesh(from.mesh ?? '')
  return (context?.vipDomains ?? []).flatMap(({ address, hostnames: [to] }) => {
    const port = context?.vipOutbounds.find((one) => one.address === address)?.port
    if (to === undefined || port === undefined) return []
    const http = !notHttp.has(to.split('.')[0] ?? '')
    return [{ from, to, port, address: virtualPlace(index, address), http, tls: false }]
  })
}

function gatewayEntrances(
  fleet: Fleet,
  from: ProxyKey,
  listeners: readonly { readonly port: number; readonly tls: boolean }[],
): Entrance[] {
  const address = addressOf(fleet, from)
  const { snapshot } = fleet.translate(from)
  return listeners.flatMap(({ port, tls }) => {
    const to = [...snapshot.listeners.keys()].find((name) => name.endsWith(`:${port}`))
    return to === undefined ? [] : [{ from, to, port, address, http: true, tls }]
  })
}

function addressOf(fleet: Fleet, { mesh = '', name }: ProxyKey): string {
  return fleet.mesh(mesh)?.dataplanes.find((one) => one.name === name)?.spec.networking?.address ?? ''
}
