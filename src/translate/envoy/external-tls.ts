import { isDnsName } from '../../core/validate/address.js'
import type { DataSource, TransportSocket } from '../../gen/envoy/config/core/v3/base.js'
import { SubjectAltNameMatcher_SanType, type SubjectAltNameMatcher } from '../../gen/envoy/extensions/transport_sockets/tls/v3/common.js'
import type { CommonTlsContext } from '../../gen/envoy/extensions/transport_sockets/tls/v3/tls.js'
import { exactly, tlsSocket } from './tls.js'

/** TLS towards something outside the mesh. */
export interface ExternalTls {
  /** What is dialled, an address or a name. */
  readonly host: string
  /** Name to ask for; without one, the host where it is a name. */
  readonly serverName?: string
  /** Certificates (PEM) that the server's has to lead to; without them, any certificate will do. */
  readonly trustedCa?: Uint8Array
  /** PEM. */
  readonly clientCertificate?: { readonly certificateChain: Uint8Array; readonly privateKey: Uint8Array }
  readonly allowRenegotiation?: boolean
  /** Accept any name on the server's certificate. */
  readonly skipHostnameVerification?: boolean
}

export function externalTlsSocket(tls: ExternalTls): TransportSocket {
  const { host, allowRenegotiation } = tls
  const sni = tls.serverName || (isDnsName(host) ? host : '')
  return tlsSocket({ commonTlsContext: commonTlsContext(tls, sni), sni, allowRenegotiation: allowRenegotiation || undefined }, 'upstream')
}

function commonTlsContext({ host, trustedCa, clientCertificate, skipHostnameVerification }: ExternalTls, sni: string): CommonTlsContext | undefined {
  if (!trustedCa && !clientCertificate) return undefined
  const context: CommonTlsContext = {}
  if (clientCertificate) {
    const { certificateChain, privateKey } = clientCertificate
    context.tlsCertificates = [{ certificateChain: inline(certificateChain), privateKey: inline(privateKey) }]
  }
  if (trustedCa) {
    const matchTypedSubjectAltNames = skipHostnameVerification ? undefined : sanMatchers(sni || host)
    context.validationContextType = { $case: 'validationContext', validationContext: { trustedCa: inline(trustedCa), matchTypedSubjectAltNames } }
  }
  return context
}

function sanMatchers(name: string): SubjectAltNameMatcher[] {
  const { DNS, IP_ADDRESS } = SubjectAltNameMatcher_SanType
  return [DNS, IP_ADDRESS].map((sanType) => ({ sanType, matcher: exactly(name) }))
}

const inline = (inlineBytes: Uint8Array): DataSource => ({ specifier: { $case: 'inlineBytes', inlineBytes } })
