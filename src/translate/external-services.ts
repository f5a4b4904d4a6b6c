import type { DataSource } from '../core/kinds/data-source.js'
import type { ExternalServiceSpec } from '../core/kinds/external-service.js'
import type { Resource } from '../core/resource.js'
import { splitHostPort } from '../core/validate/url.js'
import { type DataSources, loadDataSource } from './data-source.js'
import { type Endpoint, localityIn } from './endpoints.js'
import type { ExternalTls } from './envoy/external-tls.js'
import { tag } from './tags.js'

/** An ExternalService, with its endpoint where all that it refers to could be loaded. */
export interface ExternalServiceEndpoint {
  readonly resource: Resource<ExternalServiceSpec>
  readonly service: string
  readonly endpoint?: Endpoint
  /** Why there is no endpoint. */
  readonly problem?: { readonly path: string; readonly message: string }
}

interface Placement {
  readonly localZone: string
  readonly localityAware: boolean
}

export function externalServiceEndpoint(
  resource: Resource<ExternalServiceSpec>,
  sources: DataSources,
  placement: Placement,
): ExternalServiceEndpoint {
  const { networking, tags = {} } = resource.spec
  const service = tags[tag.service] ?? ''
  const target = splitHostPort(networking?.address ?? '')
  const { tls } = networking ?? {}
  const loaded: Partial<Record<(typeof certificateFields)[number], Uint8Array>> = {}
  for (const field of certificateFields) {
    const source: DataSource | undefined = tls?.[field]
    const data = source && loadDataSource(source, sources)
    if (data?.ok) loaded[field] = data.data
    else if (data) return { resource, service, problem: { path: `networking.tls.${field}`, message: data.message } }
  }
  const host = target?.host ?? ''
  const { caCert, clientCert, clientKey } = loaded
  const externalTls: ExternalTls = {
    host,
    serverName: tls?.serverName,
    trustedCa: caCert,
    clientCertificate: clientCert && clientKey && { certificateChain: clientCert, privateKey: clientKey },
    allowRenegotiation: tls?.allowRenegotiation,
    skipHostnameVerification: tls?.skipHostnameVerification,
  }
  const endpoint: Endpoint = {
    address: host,
    port: Number(target?.port ?? 0),
    tags: tls?.enabled ? { ...tags, [tag.externalServiceName]: resource.name } : tags,
    labels: {},
    weight: 1,
    locality: localityIn(tags[tag.zone], placement.localZone, placement.localityAware),
    external: tls?.enabled ? { tls: externalTls } : {},
  }
  return { resource, service, endpoint }
}

const certificateFields = ['caCert', 'clientCert', 'clientKey'] as const

/** Adds the zone's egresses as endpoints of every ExternalService. */
export function addEgressEndpoints(
  services: readonly Resource<ExternalServiceSpec>[],
  egresses: readonly { readonly address: string; readonly port: number }[],
  { localZone, localityAware }: Placement,
  map: Map<string, readonly Endpoint[]>,
): void {
  if (egresses.length === 0) return
  for (const { spec } of services) {
    const { tags = {} } = spec
    const service = tags[tag.service] ?? ''
    const locality = localityIn(tags[tag.zone], localZone, localityAware)
    const added = egresses.map(({ address, port }) => ({ address, port, tags, labels: {}, weight: 1, locality, external: {} }))
    map.set(service, [...(map.get(service) ?? []), ...added])
  }
}

/** Endpoints by service, in the order of their services' names. */
export function byService(endpoints: readonly ExternalServiceEndpoint[]): Map<string, Endpoint[]> {
  const map = new Map<string, Endpoint[]>()
  for (const { service, endpoint } of endpoints) {
    if (!endpoint) continue
    const known = map.get(service)
    if (known) known.push(endpoint)
    else map.set(service, [endpoint])
  }
  return map
}
