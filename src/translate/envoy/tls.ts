import type { TransportSocket } from '../../gen/envoy/config/core/v3/base.js'
import type { CommonTlsContext } from '../../gen/envoy/extensions/transport_sockets/tls/v3/tls.js'
import { DownstreamTlsContext, UpstreamTlsContext } from '../../gen/envoy/extensions/transport_sockets/tls/v3/tls.js'
import type { SdsSecretConfig } from '../../gen/envoy/extensions/transport_sockets/tls/v3/secret.js'
import { SubjectAltNameMatcher_SanType, type SubjectAltNameMatcher } from '../../gen/envoy/extensions/transport_sockets/tls/v3/common.js'
import type { StringMatcher } from '../../gen/envoy/type/matcher/v3/string.js'
import { pack } from './any.js'
import { adsSource, grpcSource } from './cluster.js'

/** ALPN by which Kuma's proxies know each other. */
export const kumaAlpn = 'kuma'

export interface MeshTls {
  readonly identitySecret: string
  readonly caSecret: string
  /** The cluster that hands out the secrets, where that isn't the control plane. */
  readonly sdsCluster?: string
  /** The CA secret itself says who may sign for whom: names of the other side are not looked at. */
  readonly trustedByDomain?: boolean
}

/** @param cluster hands the secret out, where that isn't the control plane */
export function sdsSecret(name: string, cluster?: string): SdsSecretConfig {
  return { name, sdsConfig: cluster === undefined ? adsSource() : grpcSource(cluster) }
}

export function exactly(text: string): StringMatcher {
  return { matchPattern: { $case: 'exact', exact: text } }
}

export function startsWith(text: string): StringMatcher {
  return { matchPattern: { $case: 'prefix', prefix: text } }
}

export function uriSan(matcher: StringMatcher): SubjectAltNameMatcher {
  return { sanType: SubjectAltNameMatcher_SanType.URI, matcher }
}

export function commonTlsContext(secrets: MeshTls, sans: SubjectAltNameMatcher[], alpn?: string): CommonTlsContext {
  return {
    tlsCertificateSdsSecretConfigs: [sdsSecret(secrets.identitySecret, secrets.sdsCluster)],
    validationContextType: {
      $case: 'combinedValidationContext',
      combinedValidationContext: {
        defaultValidationContext: { matchTypedSubjectAltNames: secrets.trustedByDomain ? [] : sans },
        validationContextSdsSecretConfig: sdsSecret(secrets.caSecret, secrets.sdsCluster),
      },
    },
    alpnProtocols: alpn ? [alpn] : undefined,
  }
}

export function tlsSocket(context: UpstreamTlsContext | DownstreamTlsContext, side: 'upstream' | 'downstream'): TransportSocket {
  const typedConfig = side === 'upstream' ? pack(UpstreamTlsContext, context as UpstreamTlsContext) : pack(DownstreamTlsContext, context)
  return { name: 'envoy.transport_sockets.tls', configType: { $case: 'typedConfig', typedConfig } }
}

/** The server's side of mesh mTLS: callers show a certificate of one of the trust domains, that is, of the mesh. */
export function meshServerTls(secrets: MeshTls, ...trustDomains: readonly string[]): TransportSocket {
  const sans = trustDomains.map((domain) => uriSan(startsWith(`spiffe://${domain}/`)))
  return tlsSocket({ commonTlsContext: commonTlsContext(secrets, sans), requireClientCertificate: true }, 'downstream')
}

/** The client's side of mesh mTLS: the server shows one of the given identities. */
export function meshClientTls(secrets: MeshTls, sans: SubjectAltNameMatcher[], sni: string): TransportSocket {
  return tlsSocket({ commonTlsContext: commonTlsContext(secrets, sans, kumaAlpn), sni }, 'upstream')
}
