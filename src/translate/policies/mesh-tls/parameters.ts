import type { TransportSocket } from '../../../gen/envoy/config/core/v3/base.js'
import { type TlsParameters, TlsParameters_TlsProtocol as Protocol } from '../../../gen/envoy/extensions/transport_sockets/tls/v3/common.js'
import { DownstreamTlsContext, UpstreamTlsContext } from '../../../gen/envoy/extensions/transport_sockets/tls/v3/tls.js'
import { packedMessage } from '../../envoy/any.js'
import type { TlsConf } from './schema.js'

const protocols = {
  TLSAuto: Protocol.TLS_AUTO,
  TLS10: Protocol.TLSv1_0,
  TLS11: Protocol.TLSv1_1,
  TLS12: Protocol.TLSv1_2,
  TLS13: Protocol.TLSv1_3,
} as const

/** What clients speak. */
export function clientParameters(conf: TlsConf): TlsParameters | undefined {
  return conf.tlsVersion || conf.tlsCiphers?.length ? { ...versions(conf), cipherSuites: conf.tlsCiphers } : undefined
}

/** What servers speak, as Kuma sets it: in the mesh's mTLS ciphers count beside versions only. */
export function serverParameters(conf: TlsConf): TlsParameters | undefined {
  return conf.tlsVersion && clientParameters(conf)
}

/** What servers with an identity of their own speak, as Kuma sets it: there the lowest version never counts. */
export function workloadParameters(conf: TlsConf): TlsParameters | undefined {
  const parameters = clientParameters(conf)
  return parameters && { ...parameters, tlsMinimumProtocolVersion: undefined }
}

function versions({ tlsVersion }: TlsConf): TlsParameters {
  if (!tlsVersion) return {}
  return { tlsMinimumProtocolVersion: protocols[tlsVersion.min], tlsMaximumProtocolVersion: protocols[tlsVersion.max] }
}

/** Changes the TLS of a socket. What is no TLS stays. */
export function setParameters(socket: TransportSocket | undefined, tlsParams: TlsParameters | undefined): void {
  const config = socket?.configType?.typedConfig
  const context = packedMessage(UpstreamTlsContext, config) ?? packedMessage(DownstreamTlsContext, config)
  if (context && tlsParams) context.commonTlsContext = { ...context.commonTlsContext, tlsParams }
}
