/** The parts of a targetRef policy that the rule engine reads. Source: Kuma's TargetRef and policy specs, `common/v1alpha1`. */
import type { Resource } from '../../core/resource.js'
import type { Tags } from '../tags.js'

/** What a policy, or one of its entries, is about. */
export interface TargetRef {
  readonly kind: string
  readonly name?: string
  readonly namespace?: string
  readonly labels?: Tags
  /** An inbound or listener of a Dataplane, a port of a service: its name, or its number where it has none. */
  readonly sectionName?: string
  readonly tags?: Tags
  /** `Sidecar`, `Gateway`; nothing stands for both. */
  readonly proxyTypes?: readonly string[]
}

/** An entry of `to` or `from`. Route policies have fields of their own next to `targetRef`. */
export interface PolicyEntry {
  readonly targetRef?: TargetRef
  readonly default?: unknown
}

/** What a connection has to carry for an inbound rule to hold. Absent fields match everything. */
export interface Match {
  readonly spiffeID?: { readonly type: string; readonly value: string }
  readonly sni?: { readonly type: string; readonly value: string }
}

/** An entry of `rules`. */
export interface RuleEntry {
  readonly matches?: readonly Match[]
  readonly default?: unknown
}

export interface PolicySpec {
  /** Absent: the whole mesh. */
  readonly targetRef?: TargetRef
  readonly to?: readonly PolicyEntry[]
  readonly from?: readonly PolicyEntry[]
  readonly rules?: readonly RuleEntry[]
  readonly default?: unknown
}

export type Policy = Resource<PolicySpec>

/** What part of which policy something comes from. */
export interface Origin {
  readonly policy: Policy
  /** Index of the entry in the policy's list. */
  readonly ruleIndex: number
}

/** One entry of a matched policy. */
export interface PolicyItem extends Origin {
  /** The policy's own targetRef, which counts for precedence. */
  readonly topLevel: TargetRef
  readonly targetRef: TargetRef
  readonly conf: unknown
}

export const wholeMesh: TargetRef = { kind: 'Mesh' }

export function topLevelOf(policy: Policy): TargetRef {
  return policy.spec.targetRef ?? wholeMesh
}

/** Each pair of policy and entry once, in the order of the items. */
export function originsOf(items: readonly Origin[]): readonly Origin[] {
  const seen = new Map<Policy, Set<number>>()
  const origins: Origin[] = []
  for (const { policy, ruleIndex } of items) {
    const indexes = seen.get(policy)
    if (indexes?.has(ruleIndex)) continue
    if (indexes) indexes.add(ruleIndex)
    else seen.set(policy, new Set([ruleIndex]))
    origins.push({ policy, ruleIndex })
  }
  return origins
}

/** Each policy once, in the order of the origins. */
export function policiesOf(origins: readonly Origin[]): readonly Policy[] {
  return [...new Set(origins.map(({ policy }) => policy))]
}
