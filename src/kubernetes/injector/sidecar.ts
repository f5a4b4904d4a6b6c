import { AnnotationFault, names, numberOf, switchOf, type Values } from '../annotations.js'
import type { Container, Pod, Probe } from '../objects.js'
import { quantityOf } from '../quantity.js'
import { sidecarName } from './decide.js'
import { sidecarEnvironment } from './environment.js'
import { limitsOf } from './resources.js'
import type { InjectionContext, ProbeSettings, SidecarSettings } from './settings.js'
import { sidecarMounts } from './volumes.js'

/** The container with kuma-dp and Envoy. @throws AnnotationFault */
export function sidecarContainer(pod: Pod, mesh: string, context: InjectionContext): Container {
  const annotations = pod.metadata?.annotations ?? {}
  const { settings, nativeSidecars } = context
  const own = settings.sidecarContainer
  const concurrency = concurrencyOf(annotations, own)
  const port = numberOf(annotations, names.envoyAdminPort) || context.adminPort
  if (port > 65535) throw new AnnotationFault(`annotation "${names.envoyAdminPort}": ${port} is no port`)
  const waits = switchOf(annotations, names.waitForDataplane) ?? own.waitForDataplaneReady
  return {
    name: sidecarName,
    image: own.image,
    imagePullPolicy: 'IfNotPresent',
    args: ['run', '--log-level=info', ...(concurrency > 0 ? [`--concurrency=${concurrency}`] : [])],
    env: sidecarEnvironment(annotations, mesh, context),
    resources: {
      requests: { ...own.resources.requests, 'ephemeral-storage': '50M' },
      limits: { ...limitsOf(own.resources.limits), 'ephemeral-storage': '1G' },
    },
    securityContext: {
      runAsUser: own.uid,
      runAsGroup: own.gid,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
    },
    livenessProbe: readyProbe(port, own.livenessProbe, 1),
    readinessProbe: readyProbe(port, own.readinessProbe, own.readinessProbe.successThreshold),
    ...(nativeSidecars && { startupProbe: readyProbe(port, own.startupProbe, 1) }),
    ...(waits && {
      lifecycle: { postStart: { exec: { command: ['kuma-dp', 'wait', '--url', `http://localhost:${port}/ready`] } } },
    }),
    volumeMounts: sidecarMounts(pod, settings),
  }
}

/** As an init container that goes on running: the kubelet starts it first, and ends it last. */
export function asNativeSidecar(sidecar: Container): Container {
  return { ...sidecar, restartPolicy: 'Always', lifecycle: { preStop: { exec: { command: ['killall', '-USR2', 'kuma-dp'] } } } }
}

/** Envoy's worker threads; 0: as many as there are CPUs. One alone would let each request wait for a slow one. */
function concurrencyOf(annotations: Values, { resources }: SidecarSettings): number {
  const told = numberOf(annotations, names.sidecarConcurrency)
  if (told !== undefined) return told
  const cpus = quantityOf(resources.limits.cpu) ?? 0
  return cpus === 0 ? 0 : Math.max(Math.floor(cpus), 2)
}

function readyProbe(port: number, settings: ProbeSettings, successThreshold: number): Probe {
  const { initialDelaySeconds, timeoutSeconds, periodSeconds, failureThreshold } = settings
  return { httpGet: { path: '/ready', port }, initialDelaySeconds, timeoutSeconds, periodSeconds, successThreshold, failureThreshold }
}
