import type { Issue } from '../../core/issue.js'
import type { DataSource } from '../../core/kinds/data-source.js'
import type { Cluster } from '../../gen/envoy/config/cluster/v3/cluster.js'
import { loadDataSource } from '../data-source.js'
import { type Endpoint, loadAssignment } from '../endpoints.js'
import { staticCluster } from '../envoy/cluster.js'
import { type ExternalTls, type SubjectAltName, type TlsVersion, externalTlsSocket } from '../envoy/external-tls.js'
import type { MeshContext } from '../mesh-context.js'
import type { NodeMetadata } from '../node-metadata.js'
import type { RealService } from '../services.js'
import type { Tags } from '../tags.js'

/** The parts of a MeshExternalService's spec that say where it is. */
interface MeshExternalServiceSpec {
  readonly endpoints?: readonly { readonly address: string; readonly port: number; readonly priority?: number }[]
  readonly tls?: {
    readonly enabled?: boolean
    readonly version?: { readonly min?: TlsVersion; readonly max?: TlsVersion }
    readonly allowRenegotiation?: boolean
    readonly verification?: {
      readonly mode?: 'SkipSAN' | 'SkipCA' | 'Secured' | 'SkipAll'
      readonly serverName?: string
      readonly subjectAltNames?: readonly SubjectAltName[]
      readonly caCert?: DataSource
      readonly clientCert?: DataSource
      readonly clientKey?: DataSource
    }
  }
}

/**
 * Where a MeshExternalService is. Each priority is a locality of its own.
 * @param more tags beside the labels of the resource
 */
export function serviceEndpoints({ resource }: RealService, more: Tags = {}): Endpoint[] {
  const { endpoints = [] } = resource.spec as MeshExternalServiceSpec
  return endpoints.map(({ address, port, priority = 0 }) => ({
    address,
    port,
    tags: { ...resource.labels, ...more },
    labels: {},
    weight: 1,
    locality: { zone: '', subZone: `priority-${priority}`, priority },
    external: {},
  }))
}

interface OutsideOptions {
  readonly name: string
  readonly endpoints: readonly Endpoint[]
  readonly mesh: MeshContext
  readonly metadata: NodeMetadata
  /** Whether the egress has IPv6. */
  readonly ipv6: boolean
  report(issue: Issue): void
}

/** The cluster by which an egress dials a MeshExternalService. `undefined`: there is nothing to dial, or TLS can't be set up. */
export function outsideCluster(service: RealService, options: OutsideOptions): Cluster | undefined {
  const { name, endpoints, mesh, metadata, ipv6, report } = options
  const outgoing = outgoingTls(service, mesh, metadata.systemCaPath)
  if (!outgoing.ok) {
    const { path } = outgoing
    const message = `${outgoing.message}: the external service can not be reached`
    report({ level: 'error', code: 'unreadable-data-source', path, message, resource: service.resource })
    return undefined
  }
  if (endpoints.length === 0) return undefined
  const cluster: Cluster = { ...staticCluster(name, endpoints, { ipv6 }), loadAssignment: loadAssignment(name, endpoints) }
  const { tls } = outgoing
  if (tls) cluster.transportSocketMatches = [{ name: tls.host, transportSocket: externalTlsSocket(tls) }]
  return cluster
}

type ServiceTls =
  | { readonly ok: true; readonly tls?: ExternalTls }
  | { readonly ok: false; readonly path: string; readonly message: string }

/**
 * TLS towards a MeshExternalService.
 * @param systemCaPath where the proxy's machine has the CAs that it trusts anyway
 */
function outgoingTls({ resource }: RealService, mesh: MeshContext, systemCaPath: string | undefined): ServiceTls {
  const { tls, endpoints = [] } = resource.spec as MeshExternalServiceSpec
  const [first] = endpoints
  if (!tls?.enabled || !first) return { ok: true }
  const { verification = {}, version, allowRenegotiation } = tls
  const { mode = 'Secured', serverName, subjectAltNames } = verification
  const anyCa = mode === 'SkipCA' || mode === 'SkipAll'
  const anyName = mode === 'SkipSAN' || mode === 'SkipAll'
  const loaded: Partial<Record<(typeof certificateFields)[number], Uint8Array>> = {}
  for (const field of certificateFields) {
    const source = verification[field]
    const data = source && loadDataSource(source, mesh)
    if (data?.ok) loaded[field] = data.data
    else if (data) return { ok: false, path: `spec.tls.verification.${field}`, message: data.message }
  }
  const { caCert, clientCert, clientKey } = loaded
  const showCertificate = clientCert && clientKey && mode !== 'SkipAll'
  return {
    ok: true,
    tls: {
      host: first.address,
      serverName: anyName ? undefined : serverName,
      trustedCa: anyCa ? undefined : caCert,
      systemCaPath: anyCa ? undefined : systemCaPath,
      clientCertificate: showCertificate ? { certificateChain: clientCert, privateKey: clientKey } : undefined,
      allowRenegotiation,
      skipHostnameVerification: anyName,
      subjectAltNames: anyName ? undefined : subjectAltNames,
      version,
    },
  }
}

const certificateFields = ['caCert', 'clientCert', 'clientKey'] as const
