/** The labels by which Kuma tells where a resource comes from and what it is for. Source: Kuma docs, "Resource labels". */
import type { Resource } from '../../core/resource.js'

export const label = {
  origin: 'kuma.io/origin',
  zone: 'kuma.io/zone',
  displayName: 'kuma.io/display-name',
  namespace: 'k8s.kuma.io/namespace',
  policyRole: 'kuma.io/policy-role',
  effect: 'kuma.io/effect',
} as const

/** The name that people gave: resources that were synchronised or live in a namespace have another in the store. */
export function displayName({ labels, name }: Resource): string {
  return labels[label.displayName] || name
}

/** Who a policy speaks for. Source: label `kuma.io/policy-role`; without it `system`. */
export function policyRole({ labels }: Resource): string {
  return labels[label.policyRole] || 'system'
}

/** A shadow policy changes nothing; it can only be looked at. */
export function isShadow({ labels }: Resource): boolean {
  return labels[label.effect] === 'shadow'
}

/** Whether a resource belongs to a zone; those of a zone that don't say which count as belonging to any. */
export function isOfZone({ labels }: Resource, zone: string): boolean {
  if (labels[label.origin] !== 'zone') return false
  const own = labels[label.zone]
  return own === undefined || own === zone
}
