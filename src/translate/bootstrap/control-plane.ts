import { type Cluster, Cluster_DiscoveryType, type Cluster_DnsLookupFamily } from '../../gen/envoy/config/cluster/v3/cluster.js'
import type { Address } from '../../gen/envoy/config/core/v3/address.js'
import type { GrpcService } from '../../gen/envoy/config/core/v3/grpc_service.js'
import { FileBasedMetadataConfig } from '../../gen/envoy/config/grpc_credential/v3/file_based_metadata.js'
import {
  type SubjectAltNameMatcher,
  SubjectAltNameMatcher_SanType,
  TlsParameters_TlsProtocol,
} from '../../gen/envoy/extensions/transport_sockets/tls/v3/common.js'
import type { Secret } from '../../gen/envoy/extensions/transport_sockets/tls/v3/secret.js'
import { HttpProtocolOptions } from '../../gen/envoy/extensions/upstreams/http/v3/http_protocol_options.js'
import { hostPort, isIp, pipeAddress, socketAddress } from '../envoy/address.js'
import { pack } from '../envoy/any.js'
import { httpOptionsKey } from '../envoy/cluster.js'
import { seconds } from '../envoy/duration.js'
import { exactly, tlsSocket } from '../envoy/tls.js'

/** How a proxy reaches its control plane's xDS server. */
export interface ControlPlaneAddress {
  /** Host name or IP address, as the server's certificate names it. */
  readonly host: string
  readonly port: number
  /** PEM text of the CA of the server's certificate. Absent: the server speaks plain text. */
  readonly trustedCa?: Uint8Array
  /** Default: 1. */
  readonly connectTimeoutSeconds?: number
  /** Which addresses of a host name to use. Default: Envoy's AUTO. */
  readonly dnsLookupFamily?: Cluster_DnsLookupFamily
  /** Largest message that a proxy with a token file takes, in bytes. Default: 4 MiB. */
  readonly maxReceiveBytes?: number
}

/** By what a proxy proves who it is: a token, or the file that holds it and is read again when it changes. */
export type ProxyCredential = { readonly token: string } | { readonly tokenPath: string }

const validationSecret = 'cp_validation_ctx'

/** The stream's transport: Envoy's own through a cluster, or gRPC's library, which alone can read a token from a file. */
export function xdsService(controlPlane: ControlPlaneAddress, credential: ProxyCredential | undefined, cluster: string): GrpcService {
  if (credential && 'tokenPath' in credential) return libraryService(controlPlane, credential.tokenPath)
  return {
    targetSpecifier: { $case: 'envoyGrpc', envoyGrpc: { clusterName: cluster } },
    initialMetadata: credential ? [{ key: 'authorization', value: credential.token }] : undefined,
  }
}

function libraryService({ host, port, trustedCa, maxReceiveBytes = 4_194_304 }: ControlPlaneAddress, tokenPath: string): GrpcService {
  const plugin = 'envoy.grpc_credentials.file_based_metadata'
  const number = (intValue: number) => ({ valueSpecifier: { $case: 'intValue' as const, intValue } })
  const secretData = { specifier: { $case: 'filename' as const, filename: tokenPath } }
  const config = { $case: 'typedConfig' as const, typedConfig: pack(FileBasedMetadataConfig, { secretData }) }
  return {
    targetSpecifier: {
      $case: 'googleGrpc',
      googleGrpc: {
        targetUri: hostPort(host, port),
        statPrefix: 'ads',
        credentialsFactoryName: plugin,
        callCredentials: [{ credentialSpecifier: { $case: 'fromPlugin', fromPlugin: { name: plugin, configType: config } } }],
        channelCredentials: trustedCa && {
          credentialSpecifier: {
            $case: 'sslCredentials',
            sslCredentials: { rootCerts: { specifier: { $case: 'inlineBytes', inlineBytes: trustedCa } } },
          },
        },
        channelArgs: {
          args: {
            'grpc.http2.max_pings_without_data': number(0),
            'grpc.keepalive_time_ms': number(10_000),
            'grpc.keepalive_timeout_ms': number(30_000),
            'grpc.max_receive_message_length': number(maxReceiveBytes),
          },
        },
      },
    },
  }
}

/** The cluster of the control plane. */
export function xdsCluster(name: string, controlPlane: ControlPlaneAddress): Cluster {
  const { host, port, trustedCa, dnsLookupFamily } = controlPlane
  const type = isIp(host) ? Cluster_DiscoveryType.STATIC : Cluster_DiscoveryType.STRICT_DNS
  const cluster = http2Cluster(name, type, socketAddress(host, port), controlPlane.connectTimeoutSeconds)
  return { ...cluster, dnsLookupFamily, transportSocket: trustedCa && controlPlaneTls(host) }
}

/** The cluster of the companion's access log receiver, on a Unix socket. */
export function accessLogCluster(name: string, path: string, connectTimeoutSeconds?: number): Cluster {
  return http2Cluster(name, Cluster_DiscoveryType.STATIC, pipeAddress(path), connectTimeoutSeconds)
}

function http2Cluster(name: string, type: Cluster_DiscoveryType, address: Address, connectTimeoutSeconds = 1): Cluster {
  const explicitHttpConfig = { protocolConfig: { $case: 'http2ProtocolOptions' as const, http2ProtocolOptions: {} } }
  const http2 = { upstreamProtocolOptions: { $case: 'explicitHttpConfig' as const, explicitHttpConfig } }
  return {
    name,
    connectTimeout: seconds(connectTimeoutSeconds),
    upstreamConnectionOptions: { tcpKeepalive: { keepaliveProbes: 3, keepaliveTime: 10, keepaliveInterval: 10 } },
    clusterDiscoveryType: { $case: 'type', type },
    loadAssignment: {
      clusterName: name,
      endpoints: [{ lbEndpoints: [{ hostIdentifier: { $case: 'endpoint', endpoint: { address } } }] }],
    },
    typedExtensionProtocolOptions: { [httpOptionsKey]: pack(HttpProtocolOptions, http2) },
  }
}

function controlPlaneTls(host: string) {
  return tlsSocket(
    {
      sni: host,
      commonTlsContext: {
        tlsParams: { tlsMinimumProtocolVersion: TlsParameters_TlsProtocol.TLSv1_2 },
        validationContextType: { $case: 'validationContextSdsSecretConfig', validationContextSdsSecretConfig: { name: validationSecret } },
      },
    },
    'upstream',
  )
}

/** What a proxy checks the control plane's certificate by: the CA, and the host under which it knows the control plane. */
export function controlPlaneValidation(host: string, trustedCa: Uint8Array): Secret {
  const sans = [SubjectAltNameMatcher_SanType.DNS, SubjectAltNameMatcher_SanType.IP_ADDRESS]
  const matchTypedSubjectAltNames: SubjectAltNameMatcher[] = sans.map((sanType) => ({ sanType, matcher: exactly(host) }))
  return {
    name: validationSecret,
    type: {
      $case: 'validationContext',
      validationContext: { matchTypedSubjectAltNames, trustedCa: { specifier: { $case: 'inlineBytes', inlineBytes: trustedCa } } },
    },
  }
}
