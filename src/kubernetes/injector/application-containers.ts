import type { Container, PodSpec } from '../objects.js'
import { sidecarName } from './decide.js'

/**
 * Containers of an injected Pod whose traffic goes through the sidecar while they run: the application's, and init containers beside it
 * that start after the sidecar.
 */
export function applicationContainers({ initContainers = [], containers = [] }: PodSpec): readonly Container[] {
  const sidecar = initContainers.findIndex(({ name }) => name === sidecarName)
  const beside = sidecar < 0 ? [] : initContainers.slice(sidecar + 1).filter(({ restartPolicy }) => restartPolicy === 'Always')
  return [...beside, ...containers.filter(({ name }) => name !== sidecarName)]
}
