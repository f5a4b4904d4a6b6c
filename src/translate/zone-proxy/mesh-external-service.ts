import type { DataSource } from '../../core/kinds/data-source.js'
import { loadDataSource } from '../data-source.js'
import type { Endpoint } from '../endpoints.js'
import type { ExternalTls, SubjectAltName, TlsVersion } from '../envoy/external-tls.js'
import type { MeshContext } from '../mesh-context.js'
import type { RealService } from '../services.js'

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

/** Where a MeshExternalService is. Each priority is a locality of its own. */
export function serviceEndpoints({ resource }: RealService, mesh: string): Endpoint[] {
  const { endpoints = [] } = resource.spec as MeshExternalServiceSpec
  return endpoints.map(({ address, port, priority = 0 }) => ({
    address,
    port,
    tags: { ...resource.labels, mesh },
    labels: {},
    weight: 1,
    locality: { zone: '', subZone: `priority-${priority}`, priority },
    external: {},
  }))
}

export type ServiceTls =
  | { readonly ok: true; readonly tls?: ExternalTls }
  | { readonly ok: false; readonly path: string; readonly message: string }

/**
 * TLS towards a MeshExternalService.
 * @param systemCaPath where the proxy's machine has the CAs that it trusts anyway
 */
export function outgoingTls({ resource }: RealService, mesh: MeshContext, systemCaPath: string | undefined): ServiceTls {
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
