import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import type { ClusterDraft } from './draft.js'
import { type Endpoint, loadAssignment } from './endpoints.js'
import { isIPv6 } from './envoy/address.js'
import { speakHttp, staticCluster } from './envoy/cluster.js'
import { externalTlsSocket } from './envoy/external-tls.js'
import { stringStruct } from './envoy/metadata.js'
import { isHttp, isHttp2 } from './protocol.js'
import type { Destination, ProxyContext } from './proxy.js'
import { tag, withoutTags } from './tags.js'

/** The cluster of something outside the mesh that the proxy dials itself. */
export function externalCluster(destination: Destination, endpoints: readonly Endpoint[], proxy: ProxyContext): ClusterDraft {
  const { name, service } = destination
  const message = externalMessage(name, endpoints, proxy.dataplane.spec.networking?.address)
  const protocol = proxy.mesh.protocolOf(service)
  const cluster: ClusterDraft = { name, origin: 'outbound', message, protocol, taggedProtocol: protocol, destination }
  if (isHttp(protocol)) speakHttp(cluster, isHttp2(protocol) ? 2 : 1)
  return cluster
}

/**
 * Endpoints outside the mesh stand in the cluster itself, each with TLS of its own.
 * @param proxyAddress tells whether the proxy has IPv6
 */
export function externalMessage(name: string, endpoints: readonly Endpoint[], proxyAddress = ''): Cluster {
  const ipv6 = isIPv6(proxyAddress)
  const message: Cluster = { ...staticCluster(name, endpoints, { ipv6 }), loadAssignment: loadAssignment(name, endpoints) }
  const matches = endpoints.flatMap(({ address, tags, external }) => {
    if (!external?.tls) return []
    const match = stringStruct(withoutTags(tags, tag.service))
    return [{ name: address, match, transportSocket: externalTlsSocket(external.tls) }]
  })
  if (matches.length > 0) message.transportSocketMatches = matches
  return message
}
