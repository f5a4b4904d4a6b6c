import { Dataplane, type DataplaneSpec } from '../../core/kinds/dataplane.js'
import { isRecord } from '../../core/schema/decode.js'
import { AnnotationFault, names } from '../annotations.js'
import type { Labels, Pod } from '../objects.js'
import { type Derived, resourceName } from './dataplane.js'
import { madeLabels } from './labels.js'

export interface BuiltinGatewayFacts {
  readonly zone: string
  readonly mesh: string
  readonly previousLabels?: Labels
}

/** The Dataplane of a Pod that is a builtin gateway. @throws AnnotationFault where it doesn't say its tags */
export function builtinGatewayOf(pod: Pod, { zone, mesh, previousLabels }: BuiltinGatewayFacts): Derived<DataplaneSpec> {
  const tags = { ...tagsOf(pod), ...(zone && { 'kuma.io/zone': zone }) }
  const spec: DataplaneSpec = { networking: { address: pod.status?.podIP ?? '', gateway: { tags, type: 'BUILTIN' } } }
  const labels = madeLabels(
    Dataplane,
    { ...previousLabels, ...pod.metadata?.labels },
    {
      zone,
      namespace: pod.metadata?.namespace ?? '',
      mesh,
      spec,
      serviceAccount: pod.spec?.serviceAccountName,
    },
  )
  return { type: 'Dataplane', mesh, name: resourceName(pod), labels, spec }
}

function tagsOf(pod: Pod): Labels {
  const text = pod.metadata?.annotations?.[names.tags]
  if (text === undefined) throw new AnnotationFault(`Missing ${names.tags} annotation on Pod serving a builtin Gateway`)
  const tags = parsed(text)
  if (isRecord(tags) && Object.values(tags).every((value) => typeof value === 'string')) return tags as Labels
  throw new AnnotationFault(
    `Invalid ${names.tags} annotation on Pod serving a builtin Gateway: expected JSON such as {"kuma.io/service": "edge"}`,
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
