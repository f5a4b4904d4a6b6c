/** What a control plane injects. Names and defaults are Kuma's (`runtime.kubernetes.injector`). Quantities are Kubernetes' texts. */
export interface InjectorSettings {
  readonly sidecarContainer: SidecarSettings
  readonly initContainer: { readonly image: string; readonly resources: ContainerResources }
  readonly validationContainer: { readonly resources: ContainerResources }
  /** ContainerPatches that all Pods get, before those that they name. */
  readonly containerPatches: readonly string[]
  /** Traffic is redirected by a CNI plugin: Pods get no kuma-init. */
  readonly cniEnabled: boolean
  readonly virtualProbesEnabled: boolean
  readonly virtualProbesPort: number
  /** 0: probes are not led through the sidecar's probe proxy. */
  readonly applicationProbeProxyPort: number
  readonly sidecarTraffic: {
    readonly excludeInboundPorts: readonly number[]
    readonly excludeOutboundPorts: readonly number[]
    readonly excludeInboundIPs: readonly string[]
    readonly excludeOutboundIPs: readonly string[]
  }
  /** Pods with such a label, whatever its value where that is `*`, are left alone. */
  readonly exceptions: { readonly labels: Readonly<Record<string, string>> }
  readonly builtinDNS: {
    readonly enabled: boolean
    readonly port: number
    readonly logging: boolean
    /** kuma-dp's own DNS server, in place of CoreDNS beside it. */
    readonly experimentalProxy: boolean
  }
  readonly ebpf: {
    readonly enabled: boolean
    readonly instanceIPEnvVarName: string
    readonly bpffsPath: string
    readonly cgroupPath: string
    readonly tcAttachIface: string
    readonly programsSourcePath: string
  }
  readonly unifiedResourceNamingEnabled: boolean
  readonly otelPipeEnabled: boolean
  readonly spire: { readonly enabled: boolean; readonly mountPath: string }
}

export interface SidecarSettings {
  readonly image: string
  readonly uid: number
  readonly gid: number
  /** As Go writes durations. */
  readonly drainTime: string
  readonly envVars: Readonly<Record<string, string>>
  readonly readinessProbe: ProbeSettings & { readonly successThreshold: number }
  readonly livenessProbe: ProbeSettings
  readonly startupProbe: ProbeSettings
  readonly resources: ContainerResources
  readonly redirectPortInbound: number
  readonly redirectPortOutbound: number
  readonly ipFamilyMode: 'ipv4' | 'dualstack'
  readonly waitForDataplaneReady: boolean
}

/** Seconds and counts, as in a probe. */
export interface ProbeSettings {
  readonly initialDelaySeconds: number
  readonly timeoutSeconds: number
  readonly periodSeconds: number
  readonly failureThreshold: number
}

export interface ContainerResources {
  readonly requests: { readonly cpu: string; readonly memory: string }
  /** A CPU limit of 0: none. */
  readonly limits: { readonly cpu: string; readonly memory: string }
}

const small: ContainerResources = { requests: { cpu: '20m', memory: '20M' }, limits: { cpu: '0', memory: '50M' } }
const soon: ProbeSettings = { initialDelaySeconds: 1, timeoutSeconds: 3, periodSeconds: 5, failureThreshold: 12 }

export const defaultInjectorSettings: InjectorSettings = {
  sidecarContainer: {
    image: 'kuma/kuma-dp:latest',
    uid: 5678,
    gid: 5678,
    drainTime: '30s',
    envVars: {},
    readinessProbe: { ...soon, successThreshold: 1 },
    livenessProbe: { ...soon, initialDelaySeconds: 60 },
    startupProbe: soon,
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '0', memory: '512Mi' } },
    redirectPortInbound: 15006,
    redirectPortOutbound: 15001,
    ipFamilyMode: 'dualstack',
    waitForDataplaneReady: false,
  },
  initContainer: { image: 'kuma/kuma-init:latest', resources: small },
  validationContainer: { resources: small },
  containerPatches: [],
  cniEnabled: false,
  virtualProbesEnabled: false,
  virtualProbesPort: 9000,
  applicationProbeProxyPort: 9001,
  sidecarTraffic: { excludeInboundPorts: [], excludeOutboundPorts: [], excludeInboundIPs: [], excludeOutboundIPs: [] },
  exceptions: { labels: { 'openshift.io/build.name': '*', 'openshift.io/deployer-pod-for.name': '*' } },
  builtinDNS: { enabled: true, port: 15053, logging: false, experimentalProxy: true },
  ebpf: {
    enabled: false,
    instanceIPEnvVarName: 'INSTANCE_IP',
    bpffsPath: '/sys/fs/bpf',
    cgroupPath: '/sys/fs/cgroup',
    tcAttachIface: '',
    programsSourcePath: '/tmp/kuma-ebpf',
  },
  unifiedResourceNamingEnabled: false,
  otelPipeEnabled: true,
  spire: { enabled: false, mountPath: '/run/spire/sockets' },
}

/** The settings, and what the control plane knows of itself. */
export interface InjectionContext {
  readonly settings: InjectorSettings
  /** Where sidecars ask for their bootstrap. */
  readonly controlPlaneUrl: string
  /** PEM of the CA that the control plane's certificate is from. */
  readonly controlPlaneCaCert: string
  /** Where Envoy's `/ready` is asked for. */
  readonly adminPort: number
  /** Sidecars run as init containers that restart (Kubernetes 1.29 and later), not beside the application. */
  readonly nativeSidecars: boolean
  /** Sidecars ask for changes alone. */
  readonly deltaXds: boolean
}
