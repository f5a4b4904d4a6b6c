import type { Resource } from '../core/resource.js'
import { Bootstrap, type RuntimeLayer } from '../gen/envoy/config/bootstrap/v3/bootstrap.js'
import { type ApiConfigSource, ApiConfigSource_ApiType, ApiVersion, type ConfigSource } from '../gen/envoy/config/core/v3/config_source.js'
import type { TagSpecifier } from '../gen/envoy/config/metrics/v3/stats.js'
import { GoogleRE2 } from '../gen/envoy/extensions/regex_engines/v3/google_re2.js'
import { type AdminOptions, adminConfig, adminInterface } from './bootstrap/admin.js'
import {
  type ControlPlaneAddress,
  type ProxyCredential,
  accessLogCluster,
  controlPlaneValidation,
  xdsCluster,
  xdsService,
} from './bootstrap/control-plane.js'
import { bootstrapNode } from './bootstrap/node.js'
import { overloadManager } from './bootstrap/overload.js'
import { type BootstrapRequest, type ProxyType, proxyFeature } from './bootstrap/request.js'
import { pack } from './envoy/any.js'
import { adsSource } from './envoy/cluster.js'
import { seconds } from './envoy/duration.js'
import { socketPath } from './sockets.js'
import { type Tags, mergeTagSets, tag } from './tags.js'

export type { AdminOptions } from './bootstrap/admin.js'
export type { ControlPlaneAddress } from './bootstrap/control-plane.js'
export type { BootstrapRequest, ProxyType } from './bootstrap/request.js'

/** A Dataplane, ZoneIngress or ZoneEgress, as far as its bootstrap depends on it. */
export type BootstrappedProxy = Resource<{
  readonly networking?: {
    readonly admin?: { readonly port?: number }
    readonly gateway?: { readonly type?: string; readonly tags?: Tags }
    readonly inbound?: readonly { readonly tags?: Tags }[]
  }
}>

export interface BootstrapOptions {
  /** The proxy's own resource. */
  readonly dataplane: BootstrappedProxy
  /** The proxy's mesh; zone proxies have none. */
  readonly mesh?: Resource<{ readonly meshServices?: { readonly mode?: string } }>
  /** What the proxy's companion said of it. Default: only its mesh and name. */
  readonly request?: BootstrapRequest
  readonly controlPlane: ControlPlaneAddress
  readonly admin?: AdminOptions
  /** Ask the proxy to check the health of its application for the control plane. Default: no. */
  readonly healthDiscovery?: boolean
  /** Let the proxy read its token from its file again when it changes, instead of writing it into the bootstrap. */
  readonly reloadableTokens?: boolean
  /** Connections that a builtin gateway takes from clients at most. Default: 50000. */
  readonly gatewayMaxConnections?: number
}

const zoneProxies: Readonly<Record<string, ProxyType>> = { ZoneIngress: 'ingress', ZoneEgress: 'egress' }

/**
 * The configuration that Envoy starts with: who it is and where its control plane is. All else comes over the stream.
 * Deterministic. Source: Kuma's bootstrap server.
 */
export function bootstrap(options: BootstrapOptions): Bootstrap {
  const { dataplane, controlPlane } = options
  const request = options.request ?? { mesh: dataplane.mesh ?? '', name: dataplane.name }
  const { networking } = dataplane.spec
  const proxyType = zoneProxies[dataplane.type] ?? 'dataplane'
  const service = proxyType === 'dataplane' ? firstService(dataplane) : proxyType
  const admin = adminInterface(request, networking?.admin?.port ?? 0, options.admin)
  const clusters = clusterNames(options, request)
  const credential = credentialOf(request, options.reloadableTokens ?? false)
  const xds = xdsSource(xdsService(controlPlane, credential, clusters.xds))
  const gateway = networking?.gateway?.type === 'BUILTIN'
  const delta = request.features?.includes(proxyFeature.deltaXds)
  const accessLogs = socketPath.accessLog(request.workdir ?? '', request.name, request.mesh)

  return {
    node: bootstrapNode({ request, proxyType, service, admin }),
    admin: admin && adminConfig(admin),
    dynamicResources: {
      ldsConfig: waitingSource(),
      cdsConfig: waitingSource(),
      adsConfig: delta ? { ...xds, apiType: ApiConfigSource_ApiType.DELTA_GRPC } : xds,
    },
    staticResources: {
      secrets: controlPlane.trustedCa && [controlPlaneValidation(controlPlane.host, controlPlane.trustedCa)],
      clusters: [
        accessLogCluster(clusters.accessLogs, accessLogs, controlPlane.connectTimeoutSeconds),
        ...(credential && 'tokenPath' in credential ? [] : [xdsCluster(clusters.xds, controlPlane)]),
      ],
    },
    hdsConfig: options.healthDiscovery && proxyType === 'dataplane' ? xds : undefined,
    layeredRuntime: { layers: gateway ? [expressionLimits, gatewayRuntime()] : [expressionLimits] },
    statsConfig: { statsTags },
    defaultRegexEngine: { name: 'envoy.regex_engines.google_re2', typedConfig: pack(GoogleRE2, {}) },
    overloadManager: gateway
      ? overloadManager({ maxConnections: options.gatewayMaxConnections ?? 50_000, maxHeapBytes: request.resources?.maxHeapSizeBytes })
      : undefined,
  }
}

/** Type URL of what {@link bootstrapBytes} gives. */
export const bootstrapTypeUrl = `type.googleapis.com/${Bootstrap.$type}`

/** The message encoded: Envoy reads it from a file that ends in `.pb`, `@kuma/core/protojson` makes JSON of it. */
export function bootstrapBytes(message: Bootstrap): Uint8Array {
  return Bootstrap.encode(message).finish()
}

/** Of several services the first by name stands for the proxy in Envoy's own words. */
function firstService({ spec: { networking } }: BootstrappedProxy): string {
  const sets = [...(networking?.inbound ?? []).map((inbound) => inbound.tags ?? {}), networking?.gateway?.tags ?? {}]
  return mergeTagSets(sets).get(tag.service)?.[0] ?? 'unknown'
}

function clusterNames({ mesh }: BootstrapOptions, { features }: BootstrapRequest): { xds: string; accessLogs: string } {
  const unified = mesh?.spec.meshServices?.mode === 'Exclusive' && features?.includes(proxyFeature.unifiedNaming)
  return unified ? { xds: 'system_ads', accessLogs: 'system_access_log_sink' } : { xds: 'ads_cluster', accessLogs: 'access_log_sink' }
}

function credentialOf({ dataplaneToken, dataplaneTokenPath }: BootstrapRequest, reloadable: boolean): ProxyCredential | undefined {
  if (reloadable && dataplaneTokenPath) return { tokenPath: dataplaneTokenPath }
  return dataplaneToken ? { token: dataplaneToken } : undefined
}

function xdsSource(service: ReturnType<typeof xdsService>): ApiConfigSource {
  return {
    apiType: ApiConfigSource_ApiType.GRPC,
    transportApiVersion: ApiVersion.V3,
    setNodeOnFirstMessageOnly: true,
    grpcServices: [service],
  }
}

/** Without a time limit: a proxy that started without its listeners would turn traffic away. */
function waitingSource(): ConfigSource {
  return { ...adsSource(), initialFetchTimeout: seconds(0) }
}

/** Kuma checks regular expressions itself; Envoy's own, lower limit would refuse what Kuma accepted. */
const expressionLimits: RuntimeLayer = {
  name: 'kuma',
  layerSpecifier: {
    $case: 'staticLayer',
    staticLayer: { 're2.max_program_size.error_level': 4294967295, 're2.max_program_size.warn_level': 1000 },
  },
}

function gatewayRuntime(): RuntimeLayer {
  const name = 'gateway.listeners'
  return { name, layerSpecifier: { $case: 'rtdsLayer', rtdsLayer: { name, rtdsConfig: adsSource() } } }
}

/** Parts of Envoy's statistics names that become labels. */
const statsTags: TagSpecifier[] = Object.entries({
  name: '^grpc\\.((.+)\\.)',
  status: '^grpc.*streams_closed(_([0-9]+))',
  kafka_name: '^kafka(\\.(\\S*[0-9]))\\.',
  kafka_type: '^kafka\\..*\\.(.*?(?=_duration|$))',
  worker: '(worker_([0-9]+)\\.)',
  listener: '((.+?)\\.)rbac\\.',
}).map(([tagName, regex]) => ({ tagName, tagValue: { $case: 'regex', regex } }))
