import type { Resource } from '../core/resource.js'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import { DownstreamTlsContext } from '../gen/envoy/extensions/transport_sockets/tls/v3/tls.js'
import { SubjectAltNameMatcher_SanType } from '../gen/envoy/extensions/transport_sockets/tls/v3/common.js'
import type { ClusterDraft, FilterChainDraft, ProxyDraft } from './draft.js'
import { pack } from './envoy/any.js'
import { pipeCluster, staticCluster } from './envoy/cluster.js'
import { chainDraft, listenerDraft, tlsInspector } from './envoy/listener.js'
import { staticEndpoints } from './envoy/static-endpoints.js'
import { exactly } from './envoy/tls.js'
import { names } from './names.js'
import type { ProxyContext } from './proxy.js'

/** What the proxy's admin listener shows and demands. PEM text in bytes. */
export interface AdminTls {
  readonly certificateChain: Uint8Array
  readonly privateKey: Uint8Array
  /** CA of the control planes that may use the admin interface. */
  readonly trustedCa: Uint8Array
}

/** The proxy that has an admin interface. */
interface AdminSubject extends Pick<ProxyContext, 'metadata' | 'report'> {
  readonly dataplane: Resource<{ readonly networking?: { readonly address?: string } }>
}

/** Loopback forms of what a proxy may say its admin address is. Any other could make the listener a way to elsewhere. */
const adminAddresses: Readonly<Record<string, string>> = {
  '': '127.0.0.1',
  '127.0.0.1': '127.0.0.1',
  '0.0.0.0': '127.0.0.1',
  '::1': '::1',
  '::': '::1',
}

/**
 * Shows the proxy's readiness on its public address, and its admin interface to control planes that prove who they are.
 * Only where the proxy has an admin port.
 */
export function buildAdmin(proxy: AdminSubject, draft: ProxyDraft, tls: AdminTls | undefined): void {
  const { adminPort, readinessPort, adminAddress = '', adminSocketPath, ipv6Enabled } = proxy.metadata
  if (!adminPort) return
  const address = adminAddresses[adminAddress]
  if (!readinessPort || !address) {
    const path = readinessPort ? 'metadata["dataplane.admin.address"]' : 'metadata["dataplane.readinessReporter.port"]'
    const message = readinessPort
      ? `"${adminAddress}" is not allowed: expected one of ${Object.keys(adminAddresses).filter(Boolean).join(', ')}`
      : 'is missing: a proxy with an admin port has to say its readiness port (1 to 65535)'
    proxy.report({ level: 'error', code: 'bad-node-metadata', path, message, resource: proxy.dataplane })
    return
  }
  // Whatever the mesh: zone proxies, which belong to none, have the same names.
  const unified = proxy.metadata.features.has('feature-unified-resource-naming')
  const { admin, readiness } = unified ? names.unified : names.legacy
  addCluster(draft, admin, adminSocketPath ? pipeCluster(admin, adminSocketPath) : staticCluster(admin, [{ address, port: adminPort }]))
  addCluster(draft, readiness, staticCluster(readiness, [{ address, port: readinessPort }]))

  const publicAddress = proxy.dataplane.spec.networking?.address ?? ''
  if (publicAddress === address) return
  const ready = { path: '/ready', cluster: readiness, rewrite: '/ready' }
  const all = { path: '/', cluster: admin, rewrite: '/' }
  const chains: FilterChainDraft[] = [chainDraft(staticEndpoints(admin, [ready], ipv6Enabled))]
  if (tls) chains.push(adminChain(staticEndpoints(admin, [ready, all], ipv6Enabled), tls))
  const listener = listenerDraft({
    name: admin,
    origin: 'admin',
    direction: 'inbound',
    address: publicAddress,
    port: adminPort,
    reusePort: proxy.metadata.features.has('feature-reuse-port'),
    listenerFilters: [tlsInspector()],
    chains,
  })
  draft.listeners.set(admin, listener)
}

function addCluster(draft: ProxyDraft, name: string, message: Cluster): void {
  const cluster: ClusterDraft = { name, origin: 'admin', message, protocol: 'http' }
  draft.clusters.set(name, cluster)
}

function adminChain(content: ReturnType<typeof staticEndpoints>, tls: AdminTls): FilterChainDraft {
  const inline = (bytes: Uint8Array) => ({ specifier: { $case: 'inlineBytes' as const, inlineBytes: bytes } })
  const context: DownstreamTlsContext = {
    requireClientCertificate: true,
    commonTlsContext: {
      tlsCertificates: [{ certificateChain: inline(tls.certificateChain), privateKey: inline(tls.privateKey) }],
      validationContextType: {
        $case: 'validationContext',
        validationContext: {
          trustedCa: inline(tls.trustedCa),
          matchTypedSubjectAltNames: [{ sanType: SubjectAltNameMatcher_SanType.DNS, matcher: exactly('kuma-cp') }],
        },
      },
    },
  }
  const typedConfig = pack(DownstreamTlsContext, context)
  return chainDraft(content, {
    match: { transportProtocol: 'tls' },
    transportSocket: { name: 'envoy.transport_sockets.tls', configType: { $case: 'typedConfig', typedConfig } },
  })
}
