import { parseDuration } from '../core/duration.js'
import { goQuote } from '../core/go.js'

/** Labels and annotations by which users and the injector say what becomes of a Pod, Service or Namespace. */
export const names = {
  /** A label; as an annotation it is the older spelling. */
  mesh: 'kuma.io/mesh',
  sidecarInjection: 'kuma.io/sidecar-injection',
  sidecarInjected: 'kuma.io/sidecar-injected',
  ignore: 'kuma.io/ignore',
  gateway: 'kuma.io/gateway',
  ingress: 'kuma.io/ingress',
  egress: 'kuma.io/egress',
  tags: 'kuma.io/tags',
  ingressPublicAddress: 'kuma.io/ingress-public-address',
  ingressPublicPort: 'kuma.io/ingress-public-port',
  directAccess: 'kuma.io/direct-access-services',
  reachableServices: 'kuma.io/transparent-proxying-reachable-services',
  reachableBackends: 'kuma.io/reachable-backends',
  virtualProbes: 'kuma.io/virtual-probes',
  virtualProbesPort: 'kuma.io/virtual-probes-port',
  probeProxyPort: 'kuma.io/application-probe-proxy-port',
  sidecarEnvVars: 'kuma.io/sidecar-env-vars',
  sidecarConcurrency: 'kuma.io/sidecar-proxy-concurrency',
  sidecarDrainTime: 'kuma.io/sidecar-drain-time',
  sidecarUid: 'kuma.io/sidecar-uid',
  tokenVolume: 'kuma.io/service-account-token-volume',
  containerPatches: 'kuma.io/container-patches',
  envoyLogLevel: 'kuma.io/envoy-log-level',
  envoyComponentLogLevel: 'kuma.io/envoy-component-log-level',
  envoyAdminPort: 'kuma.io/envoy-admin-port',
  initFirst: 'kuma.io/init-first',
  waitForDataplane: 'kuma.io/wait-for-dataplane-ready',
  xdsVariant: 'kuma.io/xds-transport-protocol-variant',
  spire: 'k8s.kuma.io/spire-support',
  builtinDns: 'kuma.io/builtin-dns',
  builtinDnsPort: 'kuma.io/builtin-dns-port',
  builtinDnsLogging: 'kuma.io/builtin-dns-logging',
  transparentProxying: 'kuma.io/transparent-proxying',
  inboundPort: 'kuma.io/transparent-proxying-inbound-port',
  outboundPort: 'kuma.io/transparent-proxying-outbound-port',
  ipFamilyMode: 'kuma.io/transparent-proxying-ip-family-mode',
  excludeInboundPorts: 'traffic.kuma.io/exclude-inbound-ports',
  excludeOutboundPorts: 'traffic.kuma.io/exclude-outbound-ports',
  excludeOutboundPortsForUids: 'traffic.kuma.io/exclude-outbound-ports-for-uids',
  excludeInboundIps: 'traffic.kuma.io/exclude-inbound-ips',
  excludeOutboundIps: 'traffic.kuma.io/exclude-outbound-ips',
  dropInvalidPackets: 'traffic.kuma.io/drop-invalid-packets',
  iptablesLogs: 'traffic.kuma.io/iptables-logs',
  ebpf: 'kuma.io/transparent-proxying-ebpf',
  ebpfBpffsPath: 'kuma.io/transparent-proxying-ebpf-bpf-fs-path',
  ebpfCgroupPath: 'kuma.io/transparent-proxying-ebpf-cgroup-path',
  ebpfTcAttachIface: 'kuma.io/transparent-proxying-ebpf-tc-attach-iface',
  ebpfInstanceIpVariable: 'kuma.io/transparent-proxying-ebpf-instance-ip-env-var-name',
  ebpfProgramsPath: 'kuma.io/transparent-proxying-ebpf-programs-source-path',
  prometheusPort: 'prometheus.metrics.kuma.io/port',
  prometheusPath: 'prometheus.metrics.kuma.io/path',
  zoneProxyType: 'k8s.kuma.io/zone-proxy-type',
  cniNetworks: 'k8s.v1.cni.cncf.io/networks',
  defaultContainer: 'kubectl.kubernetes.io/default-container',
} as const

/** Values that an object was given: its annotations or its labels. */
export type Values = Readonly<Record<string, string>>

/** A label or annotation says something that is not allowed: the message is for whoever wrote it. */
export class AnnotationFault extends Error {
  override readonly name = 'AnnotationFault'
}

const yes = ['true', 'yes']
const no = ['false', 'no']

/** A switch: `enabled`, `true` or `yes`, or their opposites. @throws AnnotationFault */
export function switchOf(values: Values | undefined, name: string): boolean | undefined {
  return truthOf(values, name, [...yes, 'enabled'], [...no, 'disabled'])
}

/** `true` or `yes`, or their opposites. @throws AnnotationFault */
export function booleanOf(values: Values | undefined, name: string): boolean | undefined {
  return truthOf(values, name, yes, no)
}

function truthOf(values: Values | undefined, name: string, on: readonly string[], off: readonly string[]): boolean | undefined {
  const value = values?.[name]
  if (value === undefined) return undefined
  if (on.includes(value)) return true
  if (off.includes(value)) return false
  const allowed = [...on, ...off].join(', ')
  throw new AnnotationFault(`annotation "${name}" has wrong value ${goQuote(value)}: allowed are ${allowed}`)
}

/** A whole number from 0 to 4294967295. @throws AnnotationFault */
export function numberOf(values: Values | undefined, name: string): number | undefined {
  const value = values?.[name]
  if (value === undefined) return undefined
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN
  if (number <= 0xffff_ffff) return number
  throw new AnnotationFault(`annotation "${name}": ${goQuote(value)} is no whole number from 0 to 4294967295`)
}

/** Texts separated by commas. */
export function listOf(values: Values | undefined, name: string): readonly string[] | undefined {
  return values?.[name]?.split(',').filter((text) => text !== '')
}

/** `a=1;b=2`. @throws AnnotationFault */
export function mapOf(values: Values | undefined, name: string): Values {
  const value = values?.[name]
  if (value === undefined) return {}
  return Object.fromEntries(
    value.split(';').map((pair) => {
      const [key = '', text, ...rest] = pair.split('=')
      if (text !== undefined && rest.length === 0) return [key, text]
      throw new AnnotationFault(`annotation "${name}": ${goQuote(pair)} is no key=value: write key1=value1;key2=value2`)
    }),
  )
}

/** A duration such as `30s`, in nanoseconds. @throws AnnotationFault */
export function durationOf(values: Values | undefined, name: string): bigint | undefined {
  const value = values?.[name]
  if (value === undefined) return undefined
  const parsed = parseDuration(value)
  if (parsed.ok) return parsed.nanos
  throw new AnnotationFault(`annotation "${name}": ${parsed.message}`)
}

/** Whether a Pod is a gateway that takes its own inbound traffic. @throws AnnotationFault */
export function isDelegatedGateway(annotations: Values | undefined): boolean {
  const value = annotations?.[names.gateway]
  return value === 'provided' || (value !== 'builtin' && (switchOf(annotations, names.gateway) ?? false))
}
