import type { TransportSocket } from '../../gen/envoy/config/core/v3/base.js'
import type { FilterChainMatch } from '../../gen/envoy/config/listener/v3/listener_components.js'
import { TlsParameters_TlsProtocol } from '../../gen/envoy/extensions/transport_sockets/tls/v3/common.js'
import type { MeshGatewayTls } from '../../core/kinds/mesh-gateway.js'
import { commonTlsContext, kumaAlpn, sdsSecret, tlsSocket } from '../envoy/tls.js'
import type { ProxyContext } from '../proxy.js'
import { type GatewayListener, speaksHttp, wildcard } from './listener.js'
import type { GatewayHostGroup } from './route-table.js'

/** Which connections a filter chain takes, and how it reads them. */
export interface ChainGuard {
  readonly match: FilterChainMatch
  readonly transportSocket?: TransportSocket
}

/** Names of the secrets that hold the certificates of a server name: those that could be loaded. */
export type Certificates = (hostname: string, tls: MeshGatewayTls) => readonly string[]

const httpAlpn = ['h2', 'http/1.1']

/** A chain of one server name. None where TLS ends at the gateway and there is no certificate to show. */
export function serverNameGuard(
  { hostname, tls }: GatewayHostGroup,
  listener: GatewayListener,
  certificates: Certificates,
): ChainGuard | undefined {
  const match: FilterChainMatch = { transportProtocol: 'tls', serverNames: hostname === wildcard ? undefined : [hostname] }
  if (tls?.mode === 'PASSTHROUGH') return { match }
  const secrets = tls?.mode === 'TERMINATE' ? certificates(hostname, tls) : []
  if (secrets.length === 0) return undefined
  return {
    match,
    transportSocket: tlsSocket(
      {
        requireClientCertificate: false,
        commonTlsContext: {
          tlsParams: { tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2 },
          tlsCertificateSdsSecretConfigs: secrets.map((secret) => sdsSecret(secret)),
          alpnProtocols: speaksHttp(listener) ? httpAlpn : undefined,
        },
      },
      'downstream',
    ),
  }
}

/** The chain that proxies of other meshes use: whoever has a certificate of any mesh is let in. None without mTLS. */
export function crossMeshGuard(proxy: ProxyContext): ChainGuard | undefined {
  if (!proxy.mesh.mtls) {
    const message = 'mTLS has to be on in the mesh for a crossMesh listener of its gateway: it is left out'
    proxy.report({ level: 'error', code: 'no-mtls', path: 'mtls', message, resource: proxy.mesh.mesh })
    return undefined
  }
  const commonContext = commonTlsContext(proxy.secrets.allMeshesTls(), [])
  return {
    match: { transportProtocol: 'tls', applicationProtocols: [kumaAlpn] },
    transportSocket: tlsSocket({ commonTlsContext: commonContext, requireClientCertificate: true }, 'downstream'),
  }
}
