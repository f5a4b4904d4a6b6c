import { names, numberOf, type Values } from '../annotations.js'
import type { Container } from '../objects.js'
import { quantityOf } from '../quantity.js'
import { limitsOf } from './resources.js'
import { redirectionFlags, redirectsInbound } from './redirection.js'
import type { InjectorSettings } from './settings.js'
import { initTmp, sidecarTmp } from './volumes.js'

/**
 * What runs before the application: kuma-init, which redirects the Pod's traffic, or with CNI one that waits until that is so.
 * @param annotations the Pod's, with what the injector writes
 * @throws AnnotationFault
 */
export function initContainer(annotations: Values, settings: InjectorSettings): Container | undefined {
  if (!settings.cniEnabled) return redirecting(annotations, settings)
  return redirectsInbound(annotations) ? validating(annotations, settings) : undefined
}

function redirecting(annotations: Values, { initContainer: { image, resources }, ebpf }: InjectorSettings): Container {
  const container: Container = {
    name: 'kuma-init',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/usr/bin/kumactl', 'install', 'transparent-proxy'],
    args: redirectionFlags(annotations),
    // iptables wants to lock a file, by default one that this container can't write.
    env: [{ name: 'XTABLES_LOCKFILE', value: '/tmp/xtables.lock' }],
    resources: { limits: limitsOf(resources.limits), requests: resources.requests },
    securityContext: {
      runAsUser: 0,
      runAsGroup: 0,
      capabilities: { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [initTmp],
  }
  return ebpf.enabled ? loadingEbpf(container, resources.limits.cpu, ebpf) : container
}

/** Loading eBPF programs takes a privileged container and more memory. */
function loadingEbpf(container: Container, cpu: string, ebpf: InjectorSettings['ebpf']): Container {
  return {
    ...container,
    env: [{ name: ebpf.instanceIPEnvVarName, valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    resources: { ...container.resources, limits: { memory: '80M', ...(quantityOf(cpu) !== 0 && { cpu }) } },
    securityContext: { ...container.securityContext, capabilities: {}, privileged: true },
    volumeMounts: [
      initTmp,
      { name: 'sys-fs-cgroup', mountPath: ebpf.cgroupPath },
      { name: 'bpf-fs', mountPath: ebpf.bpffsPath, mountPropagation: 'Bidirectional' },
    ],
  }
}

function validating(
  annotations: Values,
  { initContainer: { image }, validationContainer: { resources }, sidecarContainer }: InjectorSettings,
): Container {
  return {
    name: 'kuma-validation',
    image,
    imagePullPolicy: 'IfNotPresent',
    command: ['/usr/bin/kumactl', 'install', 'transparent-proxy-validator'],
    args: [
      '--config-file=/tmp/.kumactl',
      `--ip-family-mode=${annotations[names.ipFamilyMode] || 'dualstack'}`,
      `--validation-server-port=${numberOf(annotations, names.inboundPort) ?? 15006}`,
    ],
    resources: { limits: limitsOf(resources.limits), requests: resources.requests },
    securityContext: {
      runAsUser: sidecarContainer.uid,
      runAsGroup: sidecarContainer.gid,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
    },
    volumeMounts: [sidecarTmp],
  }
}
