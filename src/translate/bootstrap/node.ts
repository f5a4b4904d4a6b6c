import type { Node } from '../../gen/envoy/config/core/v3/base.js'
import type { AdminInterface } from './admin.js'
import type { BootstrapRequest, ProxyType } from './request.js'

/** Envoy's name for itself: zone proxies belong to no mesh. */
export function nodeId({ mesh, name }: { readonly mesh: string; readonly name: string }): string {
  return `${mesh}.${name}`
}

export interface NodeShape {
  readonly request: BootstrapRequest
  readonly proxyType: ProxyType
  /** Service that stands for the proxy. */
  readonly service: string
  readonly admin?: AdminInterface
}

export function bootstrapNode(shape: NodeShape): Node {
  return { id: nodeId(shape.request), cluster: shape.service, metadata: nodeMetadata(shape) }
}

/**
 * The node's metadata, by which the proxy tells the control plane on every stream what it runs on. Keys in sorted
 * order. Ports are decimal text. Source: Kuma's "DataplaneMetadata".
 */
export function nodeMetadata({ request, proxyType, admin }: NodeShape): Record<string, unknown> {
  const metadata: Record<string, unknown> = {
    features: [...new Set(request.features)].sort(),
    ipv6Enabled: request.ipv6Enabled ?? false,
    metricsCertPath: request.metricsResources?.certPath ?? '',
    metricsKeyPath: request.metricsResources?.keyPath ?? '',
    'spireAgent.socketPath': request.spireResources?.socketPath ?? '',
    systemCaPath: request.systemCaPath ?? '',
    version: versionMetadata(request),
    workdir: request.workdir ?? '',
    'dataplane.proxyType': proxyType,
  }
  if (admin) {
    metadata['dataplane.admin.port'] = String(admin.port)
    metadata['dataplane.admin.address'] = admin.address
    if (admin.socketPath) metadata['dataplane.admin.socketPath'] = admin.socketPath
  }
  if (request.dnsPort) metadata['dataplane.dns.port'] = String(request.dnsPort)
  if (request.readinessPort) metadata['dataplane.readinessReporter.port'] = String(request.readinessPort)
  if (request.appProbeProxyDisabled) metadata['dataplane.appProbeProxy.enabled'] = 'true'
  if (request.dataplaneResource) metadata['dataplane.resource'] = request.dataplaneResource
  if (Object.keys(request.dynamicMetadata ?? {}).length > 0) metadata['dynamicMetadata'] = request.dynamicMetadata
  if (request.dataplaneConfig) metadata['transparentProxy'] = request.dataplaneConfig
  if (request.otelEnv) metadata['otelEnvInventory'] = request.otelEnv
  return sorted(metadata) as Record<string, unknown>
}

/** Empty texts are left out, as proto3 leaves out defaults. */
function versionMetadata({ version }: BootstrapRequest): Record<string, unknown> {
  const said = (part: Readonly<Record<string, unknown>> = {}) =>
    Object.fromEntries(Object.entries(part).filter(([, value]) => value !== '' && value !== false && value !== undefined))
  return { kumaDp: said(version?.kumaDp), envoy: said(version?.envoy) }
}

/** Generated encoders write a Struct's fields in insertion order: equal metadata should give equal bytes. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).filter(([, field]) => field !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, field]) => [key, sorted(field)]))
}
