import * as z from 'zod'
import { type ContainerResources, type ProbeSettings, defaultInjectorSettings as defaults } from '../../kubernetes/injector/settings.js'
import { quantityOf } from '../../kubernetes/quantity.js'
import { duration, flag, list, map, port, section, text } from './setting.js'

const count = (fallback: number, least = 1) => z.coerce.number().int().min(least).default(fallback)
const ports = () => z.union([z.array(port(0)), z.string().transform((all) => all.split(',').filter(Boolean).map(Number))]).default([])

/** As Kubernetes writes them: `500m`, `64Mi`. */
const quantity = (fallback: string) =>
  z.coerce
    .string()
    .refine((value) => quantityOf(value) !== undefined, 'expected a quantity such as 500m or 64Mi')
    .default(fallback)

const resources = ({ requests, limits }: ContainerResources) =>
  section({
    requests: section({ cpu: quantity(requests.cpu), memory: quantity(requests.memory) }),
    limits: section({ cpu: quantity(limits.cpu), memory: quantity(limits.memory) }),
  })

const probe = (times: ProbeSettings) => ({
  initialDelaySeconds: count(times.initialDelaySeconds),
  timeoutSeconds: count(times.timeoutSeconds),
  periodSeconds: count(times.periodSeconds),
  failureThreshold: count(times.failureThreshold),
})

const { sidecarContainer: sidecar, builtinDNS: dns, ebpf, spire } = defaults

/** `runtime.kubernetes.injector`: what is injected into Pods. Names and defaults are Kuma's. */
export const injectorSettings = () =>
  section({
    /** PEM of the CA that sidecars trust; empty: the control plane's certificate. */
    caCertFile: text(),
    sidecarContainer: section({
      image: text(sidecar.image),
      uid: count(sidecar.uid, 0),
      gid: count(sidecar.gid, 0),
      drainTime: duration(sidecar.drainTime),
      envVars: map(sidecar.envVars),
      readinessProbe: section({ ...probe(sidecar.readinessProbe), successThreshold: count(sidecar.readinessProbe.successThreshold) }),
      livenessProbe: section(probe(sidecar.livenessProbe)),
      startupProbe: section(probe(sidecar.startupProbe)),
      resources: resources(sidecar.resources),
      redirectPortInbound: port(sidecar.redirectPortInbound),
      redirectPortOutbound: port(sidecar.redirectPortOutbound),
      ipFamilyMode: z.enum(['ipv4', 'dualstack']).default(sidecar.ipFamilyMode),
      waitForDataplaneReady: flag(sidecar.waitForDataplaneReady),
    }),
    initContainer: section({ image: text(defaults.initContainer.image), resources: resources(defaults.initContainer.resources) }),
    validationContainer: section({ resources: resources(defaults.validationContainer.resources) }),
    containerPatches: list(),
    cniEnabled: flag(defaults.cniEnabled),
    virtualProbesEnabled: flag(defaults.virtualProbesEnabled),
    virtualProbesPort: port(defaults.virtualProbesPort),
    applicationProbeProxyPort: port(defaults.applicationProbeProxyPort),
    sidecarTraffic: section({
      excludeInboundPorts: ports(),
      excludeOutboundPorts: ports(),
      excludeInboundIPs: list(),
      excludeOutboundIPs: list(),
    }),
    exceptions: section({ labels: map(defaults.exceptions.labels) }),
    builtinDNS: section({
      enabled: flag(dns.enabled),
      port: port(dns.port),
      logging: flag(dns.logging),
      experimentalProxy: flag(dns.experimentalProxy),
    }),
    ebpf: section({
      enabled: flag(ebpf.enabled),
      instanceIPEnvVarName: text(ebpf.instanceIPEnvVarName),
      bpffsPath: text(ebpf.bpffsPath),
      cgroupPath: text(ebpf.cgroupPath),
      tcAttachIface: text(ebpf.tcAttachIface),
      programsSourcePath: text(ebpf.programsSourcePath),
    }),
    ignoredServiceSelectorLabels: list(),
    nodeLabelsToCopy: list(['topology.kubernetes.io/zone', 'topology.kubernetes.io/region', 'kubernetes.io/hostname']),
    unifiedResourceNamingEnabled: flag(defaults.unifiedResourceNamingEnabled),
    otelPipeEnabled: flag(defaults.otelPipeEnabled),
    spire: section({ enabled: flag(spire.enabled), mountPath: text(spire.mountPath) }),
  })

const runtime = 'runtime.kubernetes.injector'
const quantities = ['requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']

/** Where Kuma's variables are not called as the settings are. */
export const injectorVariables: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['sidecarContainer', 'initContainer', 'validationContainer'].flatMap((container) =>
      quantities.map((one) => [`${runtime}.${container}.resources.${one}`, `KUMA_INJECTOR_${snake(container)}_RESOURCES_${snake(one)}`]),
    ),
  ),
  [`${runtime}.sidecarContainer.gid`]: 'KUMA_RUNTIME_KUBERNETES_INJECTOR_SIDECAR_CONTAINER_GUI',
  [`${runtime}.initContainer.image`]: 'KUMA_INJECTOR_INIT_CONTAINER_IMAGE',
  [`${runtime}.ebpf.instanceIPEnvVarName`]: 'KUMA_RUNTIME_KUBERNETES_INJECTOR_EBPF_INSTANCE_IP_ENV_VAR_NAME',
  ...Object.fromEntries(
    [
      'virtualProbesEnabled',
      'virtualProbesPort',
      'applicationProbeProxyPort',
      'exceptions.labels',
      'sidecarTraffic.excludeInboundPorts',
      'sidecarTraffic.excludeOutboundPorts',
      'sidecarTraffic.excludeInboundIPs',
      'sidecarTraffic.excludeOutboundIPs',
    ].map((path) => [`${runtime}.${path}`, `KUMA_RUNTIME_KUBERNETES_${snake(path)}`]),
  ),
}

function snake(path: string): string {
  return path
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('.', '_')
    .toUpperCase()
}
