import { type ResourceKey, keyOf } from '../core/resource.js'
import type { MergeStep } from './merge-step.js'

/** A place in what users or a control plane wrote that a field of Envoy's configuration comes from. */
export interface Origin {
  /** Absent where it is an argument of the translation: a certificate, node metadata, the zone. */
  readonly resource?: ResourceKey
  /** The place as YAML has it, `spec.to[0].default.connectionTimeout`; of arguments `metadata.dataplane.admin.port`. Empty: as a whole. */
  readonly path: string
  /**
   * `value`: the field says what this place says. `presence`: without it, the field or what encloses it isn't there.
   * `condition`: the field depends on it without repeating it.
   */
  readonly relation: 'value' | 'presence' | 'condition'
  /** Taken away, it leaves the field as it is: something else says the same, or the default does. */
  readonly redundant?: true
  /** Of policies with a targetRef: the rules that its entry went into, and its turn in each. */
  readonly merged?: readonly MergeStep[]
}

/** A text that is equal for origins in the same resource; of arguments it is `argument`. */
export const ownerOf = ({ resource }: Origin): string => (resource ? keyOf(resource) : 'argument')

const relations: readonly Origin['relation'][] = ['value', 'presence', 'condition']

/** What says the value first; policies before what they act on. */
export function inOrder(origins: readonly Origin[], isPolicy: (type: string) => boolean): Origin[] {
  const rank = ({ resource, relation, redundant }: Origin) => [
    relations.indexOf(relation),
    resource && isPolicy(resource.type) ? 0 : 1,
    redundant ? 1 : 0,
  ]
  const compare = (a: readonly number[], b: readonly number[]) => a.map((n, i) => n - b[i]!).find((n) => n !== 0) ?? 0
  return [...origins].sort((a, b) => compare(rank(a), rank(b)) || (textOf(a) < textOf(b) ? -1 : 1))
}

const textOf = (origin: Origin): string => `${ownerOf(origin)} ${origin.path}`
