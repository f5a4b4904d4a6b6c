import type { Labels, Pod, Service } from './objects.js'

/** Whether something with the labels has all that are asked for. */
export function hasLabels(labels: Labels | undefined, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => labels?.[name] === value)
}

/**
 * Whether a Service selects a Pod of its namespace. One without a selector selects none: others manage its endpoints.
 * @param ignored labels of the selector that don't count
 */
export function selects({ spec }: Service, pod: Pod, ignored: readonly string[] = []): boolean {
  const selector = Object.entries(spec?.selector ?? {})
  if (selector.length === 0) return false
  return hasLabels(pod.metadata?.labels, Object.fromEntries(selector.filter(([name]) => !ignored.includes(name))))
}
