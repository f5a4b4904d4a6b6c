import type { ClusterDraft } from './draft.js'
import { type Endpoint, loadAssignment } from './endpoints.js'
import { isIPv6 } from './envoy/address.js'
import { speakHttp, staticCluster } from './envoy/cluster.js'
import { externalTlsSocket } from './envoy/external-tls.js'
import { stringStruct } from './envoy/metadata.js'
import { isHttp, isHttp2 } from './protocol.js'
import type { Destination, ProxyContext } from './proxy.js'
import { tag, withoutTags } from './tags.js'

/** The cluster of something outside the mesh that the proxy dials itself: its endpoints stand in it, each with TLS of its own. */
export function externalCluster(destination: Destination, endpoints: readonly Endpoint[], proxy: ProxyContext): ClusterDraft {
  const { name, service } = destination
  const ipv6 = isIPv6(proxy.dataplane.spec.networking?.address ?? '')
  const message = { ...staticCluster(name, endpoints, { ipv6 }), loadAssignment: loadAssignment(name, endpoints) }
  const matches = endpoints.flatMap(({ address, tags, external }) => {
    if (!external?.tls) return []
    const match = stringStruct(withoutTags(tags, tag.service))
    return [{ name: address, match, transportSocket: externalTlsSocket(external.tls) }]
  })
  if (matches.length > 0) message.transportSocketMatches = matches
  const protocol = proxy.mesh.protocolOf(service)
  const cluster: ClusterDraft = { name, origin: 'outbound', message, protocol, taggedProtocol: protocol, destination }
  if (isHttp(protocol)) speakHttp(cluster, isHttp2(protocol) ? 2 : 1)
  return cluster
}
