import { namespaceLabel } from '../core/envelope.js'
import type { Kind } from '../core/kind.js'
import { computeLabels } from '../core/labels.js'
import type { Labels, Resource } from '../core/resource.js'
import { policyRoleIn } from './policy-role.js'

/** Where a control plane and its resources are. */
export interface KubernetesPlace {
  /** Name of the control plane's zone. */
  readonly zone: string
  /** The namespace of the control plane. */
  readonly systemNamespace: string
}

/**
 * The labels that a zone control plane on Kubernetes stores a resource with, or why it may not be stored. The resource says its
 * namespace by its label, as the parser reads it.
 */
export function computeKubernetesLabels(
  kind: Kind,
  resource: Pick<Resource, 'labels' | 'mesh' | 'spec'>,
  { zone, systemNamespace }: KubernetesPlace,
): { readonly labels: Labels; readonly fault?: undefined } | { readonly labels?: undefined; readonly fault: string } {
  const { labels } = resource
  const local = (labels['kuma.io/origin'] ?? 'zone') === 'zone'
  const ofZone = kind.providedByZone ?? kind.encoding === 'openapi'
  const environment = local && ofZone ? { 'kuma.io/env': 'kubernetes', ...labels } : labels
  const all = computeLabels(kind, { ...resource, labels: environment }, zone)
  const namespace = labels[namespaceLabel]
  if (namespace === undefined || !local || kind.policy?.matching !== 'targetRef') return { labels: all }
  const role = policyRoleIn(namespace === systemNamespace ? undefined : namespace, resource.spec)
  if ('fault' in role) return role
  return { labels: { ...all, 'kuma.io/policy-role': role.role } }
}
