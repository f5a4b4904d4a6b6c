import {
  Cluster_DiscoveryType,
  Cluster_DnsLookupFamily,
  Cluster_LbPolicy,
  type Cluster,
} from '../../gen/envoy/config/cluster/v3/cluster.js'
import type { ConfigSource } from '../../gen/envoy/config/core/v3/config_source.js'
import { ApiConfigSource_ApiType, ApiVersion } from '../../gen/envoy/config/core/v3/config_source.js'
import { HttpProtocolOptions } from '../../gen/envoy/extensions/upstreams/http/v3/http_protocol_options.js'
import type { ClusterDraft } from '../draft.js'
import { statName } from '../names.js'
import { isIPv6, isIp, pipeAddress, socketAddress } from './address.js'
import { pack } from './any.js'
import { seconds } from './duration.js'

export const httpOptionsKey = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'

/** Configuration that comes over the same stream. */
export function adsSource(): ConfigSource {
  return { configSourceSpecifier: { $case: 'ads', ads: {} }, resourceApiVersion: ApiVersion.V3 }
}

/** Configuration from a gRPC server of its own. */
export function grpcSource(clusterName: string): ConfigSource {
  return {
    configSourceSpecifier: {
      $case: 'apiConfigSource',
      apiConfigSource: {
        apiType: ApiConfigSource_ApiType.GRPC,
        grpcServices: [{ targetSpecifier: { $case: 'envoyGrpc', envoyGrpc: { clusterName } } }],
      },
    },
    resourceApiVersion: ApiVersion.V3,
  }
}

/** The settings that every cluster of Kuma starts with. */
export function baseCluster(name: string, connectTimeoutSeconds = 5): Cluster {
  const altStatName = statName(name)
  return {
    name,
    altStatName: altStatName === name ? undefined : altStatName,
    connectTimeout: seconds(connectTimeoutSeconds),
    circuitBreakers: { thresholds: [{ trackRemaining: true }] },
  }
}

export function edsCluster(name: string): Cluster {
  return {
    ...baseCluster(name),
    clusterDiscoveryType: { $case: 'type', type: Cluster_DiscoveryType.EDS },
    edsClusterConfig: { edsConfig: adsSource() },
  }
}

/**
 * A cluster whose endpoints stand in it: addresses, or host names that Envoy resolves.
 * @param options ipv6: whether names may resolve to IPv6 addresses
 */
export function staticCluster(name: string, targets: readonly { address: string; port: number }[], { ipv6 = false } = {}): Cluster {
  const byName = targets.some(({ address }) => !isIp(address))
  return {
    ...baseCluster(name),
    clusterDiscoveryType: { $case: 'type', type: byName ? Cluster_DiscoveryType.STRICT_DNS : Cluster_DiscoveryType.STATIC },
    dnsLookupFamily: byName ? (ipv6 ? Cluster_DnsLookupFamily.AUTO : Cluster_DnsLookupFamily.V4_ONLY) : undefined,
    loadAssignment: {
      clusterName: name,
      endpoints: [
        {
          lbEndpoints: targets.map(({ address, port }) => ({
            hostIdentifier: { $case: 'endpoint' as const, endpoint: { address: socketAddress(address, port) } },
          })),
        },
      ],
    },
  }
}

/** A cluster behind a Unix socket. */
export function pipeCluster(name: string, path: string): Cluster {
  return {
    ...baseCluster(name),
    clusterDiscoveryType: { $case: 'type', type: Cluster_DiscoveryType.STATIC },
    loadAssignment: {
      clusterName: name,
      endpoints: [{ lbEndpoints: [{ hostIdentifier: { $case: 'endpoint', endpoint: { address: pipeAddress(path) } } }] }],
    },
  }
}

/** Passes a connection on to the address it was meant for before it was redirected. */
export function originalDstCluster(name: string): Cluster {
  return {
    ...baseCluster(name),
    clusterDiscoveryType: { $case: 'type', type: Cluster_DiscoveryType.ORIGINAL_DST },
    lbPolicy: Cluster_LbPolicy.CLUSTER_PROVIDED,
  }
}

/** A cluster without any endpoint: what goes there ends there. Kuma gives it a statistics name even where it needs none. */
export function emptyCluster(name: string): Cluster {
  return { ...baseCluster(name), altStatName: statName(name), clusterDiscoveryType: { $case: 'type', type: Cluster_DiscoveryType.STATIC } }
}

/** Source address of connections to the application, so that they are not redirected to the proxy again. */
export function bindToPassthroughSource(cluster: Cluster, family: string): void {
  const address = isIPv6(family) ? '::6' : '127.0.0.6'
  cluster.upstreamBindConfig = { sourceAddress: { address, portSpecifier: { $case: 'portValue', portValue: 0 } } }
}

/** The HTTP options of a cluster; made empty where it has none yet. */
export function httpOptionsOf(cluster: ClusterDraft): HttpProtocolOptions {
  if (!cluster.httpOptions) {
    cluster.httpOptions = {}
    cluster.message.typedExtensionProtocolOptions = {
      ...cluster.message.typedExtensionProtocolOptions,
      [httpOptionsKey]: pack(HttpProtocolOptions, cluster.httpOptions),
    }
  }
  return cluster.httpOptions
}

/** Fixes what the cluster speaks upstream, unless that is settled already. */
export function speakHttp(cluster: ClusterDraft, version: 1 | 2): void {
  const options = httpOptionsOf(cluster)
  options.upstreamProtocolOptions ??= {
    $case: 'explicitHttpConfig',
    explicitHttpConfig: {
      protocolConfig:
        version === 1
          ? { $case: 'httpProtocolOptions', httpProtocolOptions: {} }
          : { $case: 'http2ProtocolOptions', http2ProtocolOptions: {} },
    },
  }
}
