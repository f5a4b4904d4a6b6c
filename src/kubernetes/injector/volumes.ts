import { AnnotationFault, names, switchOf } from '../annotations.js'
import type { Pod, Volume, VolumeMount } from '../objects.js'
import type { InjectorSettings } from './settings.js'

/** Where Kubernetes mounts a service account's token. */
const tokenFolder = '/var/run/secrets/kubernetes.io/serviceaccount'
export const tokenPath = `${tokenFolder}/token`

export const initTmp: VolumeMount = { name: 'kuma-init-tmp', mountPath: '/tmp' }
export const sidecarTmp: VolumeMount = { name: 'kuma-sidecar-tmp', mountPath: '/tmp' }

const spireVolume = 'kuma-spire-agent-socket'

/** Volumes that come with the containers. @throws AnnotationFault */
export function injectedVolumes(pod: Pod, { spire, ebpf }: InjectorSettings): Volume[] {
  const volumes: Volume[] = [initTmp, sidecarTmp].map(({ name }) => ({ name, emptyDir: { sizeLimit: '10M' } }))
  if (usesSpire(pod, spire)) volumes.push({ name: spireVolume, csi: { driver: 'csi.spiffe.io', readOnly: true } })
  if (ebpf.enabled) {
    volumes.push({ name: 'sys-fs-cgroup', hostPath: { path: ebpf.cgroupPath } }, { name: 'bpf-fs', hostPath: { path: ebpf.bpffsPath } })
  }
  return volumes
}

/** What the sidecar has of the Pod's volumes: the token by which the control plane knows it. @throws AnnotationFault */
export function sidecarMounts(pod: Pod, { spire }: InjectorSettings): VolumeMount[] {
  const named = pod.metadata?.annotations?.[names.tokenVolume]
  if (named !== undefined) {
    if (pod.spec?.volumes?.some(({ name }) => name === named)) return [sidecarTmp, { name: named, mountPath: tokenFolder, readOnly: true }]
    const found = pod.spec?.volumes?.map(({ name }) => name).join(', ') || 'none'
    throw new AnnotationFault(`annotation "${names.tokenVolume}": there is no volume ${named} in spec.volumes, but ${found}`)
  }
  const mounts = [sidecarTmp]
  if (usesSpire(pod, spire)) mounts.push({ name: spireVolume, mountPath: spire.mountPath, readOnly: true })
  // Without a token a sidecar can still join where none is asked for.
  const token = pod.spec?.containers?.flatMap(({ volumeMounts = [] }) => volumeMounts).find(({ mountPath }) => mountPath === tokenFolder)
  return token ? [...mounts, token] : mounts
}

function usesSpire(pod: Pod, { enabled }: InjectorSettings['spire']): boolean {
  return switchOf(pod.metadata?.annotations, names.spire) ?? enabled
}
