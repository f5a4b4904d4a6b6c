import type { Resource } from '../../core/resource.js'
import type { EndpointMap } from '../endpoints.js'
import type { MeshContext } from '../mesh-context.js'
import type { MeshRules, PolicyKind, ProxySpec } from '../rules/index.js'
import { type ServiceIndex, withSection } from '../services.js'
import type { Tags } from '../tags.js'

/**
 * Names of the parts of a mesh that a translation can read. Two kinds of parts have none: constants of the fleet, and which
 * policies of the targetRef family select a proxy, which the fleet asks for by itself.
 */
export const cells = {
  mesh: 'mesh',
  vips: 'vips',
  services: 'services',
  outside: 'outside',
  across: 'across',
  egresses: 'egresses',
  type: (type: string) => `type ${type}`,
  any: (type: string) => `any ${type}`,
  endpoints: (service: string) => `endpoints ${service}`,
  nature: (service: string) => `nature ${service}`,
  tls: (service: string) => `tls ${service}`,
  service: (kri: string) => `service ${withSection(kri, '')}`,
} as const

/**
 * The mesh as it is, telling of each part that is looked at.
 * @param subject the proxy that rules are asked for, whatever form of it asks
 */
export function trackReads(mesh: MeshContext, read: (cell: string) => void, subject?: Resource<ProxySpec>): MeshContext {
  const seen = <T>(cell: string, value: T): T => {
    read(cell)
    return value
  }
  const byService = (endpoints: EndpointMap): EndpointMap => ({ get: (service) => seen(cells.endpoints(service), endpoints.get(service)) })
  const services: ServiceIndex = {
    get all() {
      return seen(cells.services, mesh.services.all)
    },
    byKri: (kri) => seen(cells.service(kri), mesh.services.byKri(kri)),
    byLabels: (kind, labels) => seen(cells.services, mesh.services.byLabels(kind, labels)),
  }
  const ofAllClients = <T>(kind: PolicyKind, value: T): T =>
    [cells.type(kind.type), cells.type('MeshHTTPRoute'), cells.services].reduce((answer, cell) => seen(cell, answer), value)
  const rules: MeshRules = {
    ...mesh.rules,
    of: (kind, dataplane) => mesh.rules.of(kind, subject ?? dataplane),
    atEgress: <Conf>(kind: PolicyKind) => ofAllClients(kind, mesh.rules.atEgress<Conf>(kind)),
    ofExternalService: <Conf>(kind: PolicyKind, tags: Tags) => ofAllClients(kind, mesh.rules.ofExternalService<Conf>(kind, tags)),
  }
  return {
    name: mesh.name,
    zone: mesh.zone,
    tlsReady: { has: (service) => seen(cells.tls(service), mesh.tlsReady.has(service)) },
    files: mesh.files,
    endpoints: byService(mesh.endpoints),
    services,
    get mesh() {
      return seen(cells.mesh, mesh.mesh)
    },
    get mtls() {
      return seen(cells.mesh, mesh.mtls)
    },
    get dataplanes() {
      return seen(cells.type('Dataplane'), mesh.dataplanes)
    },
    get localEndpoints() {
      return byService(mesh.localEndpoints)
    },
    get vipOutbounds() {
      return seen(cells.vips, mesh.vipOutbounds)
    },
    get vipDomains() {
      return seen(cells.vips, seen(cells.services, mesh.vipDomains))
    },
    get vipAddresses() {
      return seen(cells.vips, mesh.vipAddresses)
    },
    get trustDomains() {
      return seen(cells.type('MeshTrust'), mesh.trustDomains)
    },
    get rules() {
      return seen(cells.type('MeshGateway'), rules)
    },
    get crossMesh() {
      return seen(cells.across, mesh.crossMesh)
    },
    endpointsIn(other) {
      for (const cell of [cells.across, cells.mesh, cells.type('ZoneIngress'), cells.type('ZoneEgress')]) read(cell)
      return mesh.endpointsIn(other)
    },
    get egresses() {
      return seen(cells.egresses, mesh.egresses)
    },
    get externalServices() {
      return seen(cells.outside, mesh.externalServices)
    },
    get externalEndpoints() {
      return seen(cells.outside, mesh.externalEndpoints)
    },
    resourcesOf: (type) => seen(cells.type(type), mesh.resourcesOf(type)),
    hasAny: (type) => seen(cells.any(type), mesh.hasAny(type)),
    protocolOf: (service) => seen(cells.outside, seen(cells.nature(service), mesh.protocolOf(service))),
    isExternalService: (service) => seen(cells.outside, seen(cells.nature(service), mesh.isExternalService(service))),
    isBehindEgress: (service) => seen(cells.nature(service), mesh.isBehindEgress(service)),
  }
}
