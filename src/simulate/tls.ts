import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import type { Metadata, TransportSocket } from '../gen/envoy/config/core/v3/base.js'
import type { FilterChain } from '../gen/envoy/config/listener/v3/listener_components.js'
import type { CommonTlsContext } from '../gen/envoy/extensions/transport_sockets/tls/v3/tls.js'
import { DownstreamTlsContext, UpstreamTlsContext } from '../gen/envoy/extensions/transport_sockets/tls/v3/tls.js'
import { SubjectAltNameMatcher_SanType, type SubjectAltNameMatcher } from '../gen/envoy/extensions/transport_sockets/tls/v3/common.js'
import { matchesString } from './string-match.js'
import { Unevaluated } from './unevaluated.js'
import { unpack } from './unpack.js'

/** TLS as its client begins it. */
export interface ClientTls {
  readonly sni?: string
  readonly alpn: readonly string[]
  /** URIs of the certificate that it can show; empty: it has none. */
  readonly uris: readonly string[]
  /** Names that the server's certificate has to have, one of them; empty: any. */
  readonly expects: readonly SubjectAltNameMatcher[]
}

/** The TLS that a cluster's connections to an endpoint begin with, where they do. */
export function clientTls(
  { transportSocket, transportSocketMatches = [] }: Cluster,
  metadata: Metadata | undefined,
  uris: readonly string[],
): ClientTls | undefined {
  const labels = (metadata?.filterMetadata?.['envoy.transport_socket_match'] ?? {}) as Record<string, unknown>
  const matched = transportSocketMatches.find(({ match = {} }) => Object.entries(match).every(([key, value]) => labels[key] === value))
  const socket = matched ? matched.transportSocket : transportSocket
  const context = tlsContext(UpstreamTlsContext, socket)
  if (!context) return undefined
  const { commonTlsContext: common = {}, sni } = context
  return { sni, alpn: common.alpnProtocols ?? [], uris: showsCertificate(common) ? uris : [], expects: expectedNames(common) }
}

/** How a chain takes a connection: `plain` without TLS of its own, else whether the two sides agree. */
export type Handshake = 'plain' | 'agreed' | { readonly refused: string }

/** @param serverUris the certificate of the proxy that the chain is of */
export function handshake({ transportSocket }: FilterChain, client: ClientTls | undefined, serverUris: readonly string[]): Handshake {
  const context = tlsContext(DownstreamTlsContext, transportSocket)
  if (!context) return 'plain'
  if (!client) return { refused: 'the listener demands TLS, the caller speaks plaintext' }
  const { commonTlsContext: common = {}, requireClientCertificate } = context
  if (requireClientCertificate && client.uris.length === 0) return { refused: 'the listener demands a certificate, the caller has none' }
  const names = expectedNames(common)
  if (requireClientCertificate && !isExpected(names, client.uris)) return { refused: 'the caller’s certificate is not of this mesh' }
  if (!isExpected(client.expects, serverUris)) return { refused: 'the callee’s certificate is not that of the service that was called' }
  return 'agreed'
}

function tlsContext<T>(codec: Parameters<typeof unpack<T>>[0], socket: TransportSocket | undefined): T | undefined {
  if (!socket) return undefined
  const context = unpack(codec, socket.configType?.$case === 'typedConfig' ? socket.configType.typedConfig : undefined)
  if (!context && socket.name !== 'envoy.transport_sockets.raw_buffer') throw new Unevaluated(`the transport socket "${socket.name}"`)
  return context
}

function showsCertificate({ tlsCertificates = [], tlsCertificateSdsSecretConfigs = [] }: CommonTlsContext): boolean {
  return tlsCertificates.length + tlsCertificateSdsSecretConfigs.length > 0
}

function expectedNames({ validationContextType: type }: CommonTlsContext): readonly SubjectAltNameMatcher[] {
  if (type?.$case === 'validationContext') return type.validationContext.matchTypedSubjectAltNames ?? []
  if (type?.$case === 'combinedValidationContext')
    return type.combinedValidationContext.defaultValidationContext?.matchTypedSubjectAltNames ?? []
  return []
}

function isExpected(expected: readonly SubjectAltNameMatcher[], uris: readonly string[]): boolean {
  const byUri = expected.filter(({ sanType }) => sanType === SubjectAltNameMatcher_SanType.URI)
  return expected.length === 0 || byUri.some(({ matcher }) => matcher && uris.some((uri) => matchesString(matcher, uri)))
}
