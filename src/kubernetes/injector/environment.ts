import { goDurationText, nanosOf } from '../../core/duration.js'
import { durationOf, mapOf, names, switchOf, type Values } from '../annotations.js'
import type { EnvVar } from '../objects.js'
import { probePorts } from './probe-ports.js'
import type { InjectionContext, InjectorSettings } from './settings.js'
import { tokenPath } from './volumes.js'

type Variables = Record<string, string | { readonly field: string }>

const runtime = 'KUMA_DATAPLANE_RUNTIME'

/** The sidecar's environment, by name. What a Pod's annotation says comes before what the settings say. @throws AnnotationFault */
export function sidecarEnvironment(annotations: Values, mesh: string, context: InjectionContext): EnvVar[] {
  const { settings } = context
  const all: Variables = {
    ...placeOfPod,
    ...(settings.otelPipeEnabled ? { HOST_IP: { field: 'status.hostIP' } } : { [`${runtime}_OTEL_PIPE_ENABLED`]: 'false' }),
    KUMA_CONTROL_PLANE_URL: context.controlPlaneUrl,
    KUMA_CONTROL_PLANE_CA_CERT: context.controlPlaneCaCert,
    KUMA_DATAPLANE_MESH: mesh,
    KUMA_DATAPLANE_DRAIN_TIME: drainTime(annotations, settings),
    [`${runtime}_TOKEN_PATH`]: tokenPath,
    KUMA_APPLICATION_PROBE_PROXY_PORT: String(probePorts(annotations, settings).probeProxyPort),
    ...dns(settings.builtinDNS),
    ...envoy(annotations, context),
    ...(settings.unifiedResourceNamingEnabled && { [`${runtime}_UNIFIED_RESOURCE_NAMING_ENABLED`]: 'true' }),
    ...((switchOf(annotations, names.spire) ?? settings.spire.enabled) && { [`${runtime}_SPIRE_SUPPORTED`]: 'true' }),
    ...settings.sidecarContainer.envVars,
    ...mapOf(annotations, names.sidecarEnvVars),
  }
  return Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) =>
      typeof value === 'string' ? { name, value } : { name, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: value.field } } },
    )
}

const placeOfPod: Variables = {
  POD_NAME: { field: 'metadata.name' },
  POD_NAMESPACE: { field: 'metadata.namespace' },
  INSTANCE_IP: { field: 'status.podIP' },
}

function drainTime(annotations: Values, { sidecarContainer }: InjectorSettings): string {
  return goDurationText(durationOf(annotations, names.sidecarDrainTime) ?? nanosOf(sidecarContainer.drainTime))
}

function dns({ enabled, logging, experimentalProxy, port }: InjectorSettings['builtinDNS']): Variables {
  if (!enabled) return { KUMA_DNS_ENABLED: 'false' }
  const server: Variables = experimentalProxy
    ? { KUMA_DNS_PROXY_PORT: String(port) }
    : { KUMA_DNS_CORE_DNS_PORT: String(port), KUMA_DNS_ENVOY_DNS_PORT: String(port + 2), KUMA_DNS_CORE_DNS_BINARY_PATH: 'coredns' }
  return { KUMA_DNS_ENABLED: 'true', KUMA_DNS_ENABLE_LOGGING: String(logging), ...server }
}

function envoy(annotations: Values, { deltaXds }: InjectionContext): Variables {
  const told = {
    [`${runtime}_ENVOY_XDS_TRANSPORT_PROTOCOL_VARIANT`]: annotations[names.xdsVariant] ?? (deltaXds ? 'DELTA_GRPC' : undefined),
    [`${runtime}_ENVOY_LOG_LEVEL`]: annotations[names.envoyLogLevel],
    [`${runtime}_ENVOY_COMPONENT_LOG_LEVEL`]: annotations[names.envoyComponentLogLevel],
  }
  return Object.fromEntries(Object.entries(told).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
