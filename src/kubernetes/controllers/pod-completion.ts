import { sidecarName } from '../injector/decide.js'
import type { Pod } from '../objects.js'

/**
 * Whether only the sidecar keeps a Pod from being complete: all else has ended, and won't be started again. Sidecars that are init
 * containers need no help.
 */
export function waitsForSidecar({ spec, status }: Pod): boolean {
  const policy = spec?.restartPolicy ?? 'Always'
  const statuses = status?.containerStatuses ?? []
  const sidecar = statuses.find(({ name }) => name === sidecarName)
  if (policy === 'Always' || !sidecar || sidecar.state?.terminated) return false
  return statuses.every(
    ({ name, state }) => name === sidecarName || (state?.terminated && (policy === 'Never' || (state.terminated.exitCode ?? 0) === 0)),
  )
}
