import { namespaceLabel } from '../../core/envelope.js'
import type { Kind } from '../../core/kind.js'
import { computeLabels } from '../../core/labels.js'
import type { Labels } from '../objects.js'

export interface MadeLabelSources {
  readonly zone: string
  readonly namespace: string
  readonly mesh?: string
  readonly spec: unknown
  readonly serviceAccount?: string
  readonly workload?: string
}

/** The labels of a resource that is made out of an object: `given` ones, and those that follow from where it is and what it holds. */
export function madeLabels(kind: Kind, given: Labels, { zone, namespace, mesh, spec, serviceAccount, workload }: MadeLabelSources): Labels {
  const labels = {
    'kuma.io/env': 'kubernetes',
    [namespaceLabel]: namespace,
    ...given,
    ...(serviceAccount && { 'k8s.kuma.io/service-account': serviceAccount }),
    ...(workload && { 'kuma.io/workload': workload }),
  }
  return computeLabels(kind, { labels, spec, ...(mesh !== undefined && { mesh }) }, zone)
}
