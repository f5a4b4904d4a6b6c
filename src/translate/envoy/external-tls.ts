import { isDnsName } from '../../core/validate/address.js'
import type { DataSource, TransportSocket } from '../../gen/envoy/config/core/v3/base.js'
import {
  SubjectAltNameMatcher_SanType,
  TlsParameters_TlsProtocol,
  type SubjectAltNameMatcher,
  type TlsParameters,
} from '../../gen/envoy/extensions/transport_sockets/tls/v3/common.js'
import type { CommonTlsContext } from '../../gen/envoy/extensions/transport_sockets/tls/v3/tls.js'
import { exactly, startsWith, tlsSocket } from './tls.js'

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
  /** File of CAs on the proxy's machine, where no `trustedCa` is given. */
  readonly systemCaPath?: string
  /** Names that the server's certificate may have instead of the one that is asked for. */
  readonly subjectAltNames?: readonly SubjectAltName[]
  /** Holds only where the certificate is verified, as in Kuma. */
  readonly version?: { readonly min?: TlsVersion; readonly max?: TlsVersion }
}

export interface SubjectAltName {
  readonly type?: 'Exact' | 'Prefix'
  readonly value: string
}

export type TlsVersion = 'TLSAuto' | 'TLS10' | 'TLS11' | 'TLS12' | 'TLS13'

export function externalTlsSocket(tls: ExternalTls): TransportSocket {
  const { host, allowRenegotiation } = tls
  const sni = tls.serverName || (isDnsName(host) ? host : '')
  return tlsSocket({ commonTlsContext: commonTlsContext(tls, sni), sni, allowRenegotiation: allowRenegotiation || undefined }, 'upstream')
}

function commonTlsContext(tls: ExternalTls, sni: string): CommonTlsContext | undefined {
  const { host, trustedCa, systemCaPath, clientCertificate, skipHostnameVerification, subjectAltNames, version } = tls
  const ca = trustedCa ? inline(trustedCa) : systemCaPath ? file(systemCaPath) : undefined
  if (!ca && !clientCertificate) return undefined
  const context: CommonTlsContext = {}
  if (clientCertificate) {
    const { certificateChain, privateKey } = clientCertificate
    context.tlsCertificates = [{ certificateChain: inline(certificateChain), privateKey: inline(privateKey) }]
  }
  if (ca) {
    const matchTypedSubjectAltNames = skipHostnameVerification ? undefined : sanMatchers(sni || host, subjectAltNames)
    context.validationContextType = { $case: 'validationContext', validationContext: { trustedCa: ca, matchTypedSubjectAltNames } }
    context.tlsParams = version && tlsParameters(version)
  }
  return context
}

function sanMatchers(name: string, others: readonly SubjectAltName[] = []): SubjectAltNameMatcher[] {
  const { DNS, IP_ADDRESS } = SubjectAltNameMatcher_SanType
  const matchers = others.map(({ type, value }) => (type === 'Prefix' ? startsWith(value) : exactly(value)))
  return [[exactly(name)], matchers].flatMap((group) =>
    [DNS, IP_ADDRESS].flatMap((sanType) => group.map((matcher) => ({ sanType, matcher }))),
  )
}

const protocols: Readonly<Record<TlsVersion, TlsParameters_TlsProtocol>> = {
  TLSAuto: TlsParameters_TlsProtocol.TLS_AUTO,
  TLS10: TlsParameters_TlsProtocol.TLSv1_0,
  TLS11: TlsParameters_TlsProtocol.TLSv1_1,
  TLS12: TlsParameters_TlsProtocol.TLSv1_2,
  TLS13: TlsParameters_TlsProtocol.TLSv1_3,
}

function tlsParameters({ min, max }: NonNullable<ExternalTls['version']>): TlsParameters {
  return { tlsMinimumProtocolVersion: min && protocols[min], tlsMaximumProtocolVersion: max && protocols[max] }
}

const file = (filename: string): DataSource => ({ specifier: { $case: 'filename', filename } })

const inline = (inlineBytes: Uint8Array): DataSource => ({ specifier: { $case: 'inlineBytes', inlineBytes } })
