import type { RouteConfiguration } from '../../gen/envoy/config/route/v3/route.js'
import type { FilterChainDraft } from '../draft.js'
import { seconds } from '../envoy/duration.js'
import { hcmContent } from '../envoy/hcm.js'
import { type ChainContent, chainDraft, tcpProxyContent } from '../envoy/listener.js'
import { lbMetadata } from '../envoy/metadata.js'
import { meshServerTls } from '../envoy/tls.js'
import type { MeshContext } from '../mesh-context.js'
import { isHttp } from '../protocol.js'
import type { SecretTracker } from '../secrets.js'
import type { Tags } from '../tags.js'
import type { ZoneProxyContext } from './context.js'
import type { EgressService } from './egress-services.js'

/** The chain of one server name: mesh TLS ends here, what goes on from here is not in the mesh. */
export function egressChain(
  service: EgressService,
  { sni, tags }: { readonly sni: string; readonly tags: Tags },
  mesh: MeshContext,
  secrets: SecretTracker,
  context: ZoneProxyContext,
): FilterChainDraft {
  const content = isHttp(service.protocol) ? outsideRoutes(service, context) : tcpContent(service, tags)
  const chain = chainDraft(content, {
    match: { transportProtocol: 'tls', serverNames: [sni] },
    transportSocket: meshServerTls(secrets.meshTls(mesh.name), mesh.name),
  })
  chain.message.name = service.chainName
  return chain
}

/** Every request to one cluster, under the name by which it is known outside. */
export function outsideRoutes(
  { name, routeName, cluster }: Pick<EgressService, 'name' | 'routeName' | 'cluster'>,
  { metadata, internalAddresses }: Pick<ZoneProxyContext, 'metadata' | 'internalAddresses'>,
): ChainContent {
  const route: RouteConfiguration = {
    name: routeName,
    validateClusters: false,
    virtualHosts: [
      {
        name,
        domains: ['*'],
        routes: [
          {
            match: { pathSpecifier: { $case: 'prefix', prefix: '/' } },
            action: {
              $case: 'route',
              route: {
                clusterSpecifier: { $case: 'cluster', cluster: cluster.name ?? '' },
                timeout: seconds(0),
                hostRewriteSpecifier: { $case: 'autoHostRewrite', autoHostRewrite: true },
              },
            },
          },
        ],
      },
    ],
  }
  return hcmContent({ statsName: name, ipv6: metadata.ipv6Enabled, internalAddresses, route })
}

function tcpContent({ name, cluster }: EgressService, tags: Tags): ChainContent {
  const content = tcpProxyContent(name, [{ name: cluster.name ?? '', weight: 1 }])
  if (content.tcpProxy) content.tcpProxy.metadataMatch = lbMetadata(tags)
  return content
}
