/**
 * Which policy wins: lists are sorted so that later confs override earlier ones. Source: Kuma docs, "Policies", precedence;
 * MADR 066 (`to`) and 069 (`rules`).
 */
import { creationOrder } from '../source-destination.js'
import type { Policy, PolicyItem, TargetRef } from './policy-spec.js'
import { topLevelOf } from './policy-spec.js'
import { displayName, label, policyRole } from './resource-labels.js'

/** What counts for precedence: the policy and the targetRef at its top. */
export interface Ranked {
  readonly policy: Policy
  readonly topLevel: TargetRef
}

const kindRank = rank(
  'Mesh',
  'Dataplane',
  'MeshSubset',
  'MeshGateway',
  'MeshService',
  'MeshExternalService',
  'MeshMultiZoneService',
  'MeshServiceSubset',
  'MeshHTTPRoute',
)
const originRank = rank('global', '', 'zone')
const roleRank = rank('system', 'producer', 'consumer', 'workload-owner')

function rank(...names: string[]): (name: string) => number {
  const ranks = new Map(names.map((name, index) => [name, index + 1]))
  return (name) => ranks.get(name) ?? 0
}

type Compare<T> = (a: T, b: T) => number

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const byTopLevelKind: Compare<Ranked> = (a, b) => kindRank(a.topLevel.kind) - kindRank(b.topLevel.kind)
const byOrigin: Compare<Ranked> = (a, b) => originRank(originOf(a.policy)) - originRank(originOf(b.policy))
const byRole: Compare<Ranked> = (a, b) => roleRank(policyRole(a.policy)) - roleRank(policyRole(b.policy))
/** Downwards: the first name in the alphabet is applied last and wins. */
const byDisplayName: Compare<Ranked> = (a, b) => byText(displayName(b.policy), displayName(a.policy))
const byGatewayTags: Compare<Ranked> = (a, b) => (a.topLevel.kind === 'MeshGateway' ? tagCount(a.topLevel) - tagCount(b.topLevel) : 0)

const originOf = ({ labels }: Policy): string => labels[label.origin] ?? ''
const tagCount = ({ tags = {} }: TargetRef): number => Object.keys(tags).length

/**
 * A name beats labels, otherwise a section beats none. Not transitive (a reference with neither name nor labels ties with
 * both): where three such policies meet, the order they come in decides, so lists are brought into one order beforehand.
 */
const byDataplaneRef: Compare<Ranked> = ({ topLevel: a }, { topLevel: b }) => {
  if (a.kind !== 'Dataplane' || b.kind !== 'Dataplane') return 0
  if (a.name && b.labels) return 1
  if (a.labels && b.name) return -1
  return Number(Boolean(a.sectionName)) - Number(Boolean(b.sectionName))
}

const byToRef: Compare<PolicyItem> = ({ targetRef: a }, { targetRef: b }) => {
  const kinds = kindRank(a.kind) - kindRank(b.kind)
  if (kinds !== 0 || a.kind !== 'MeshService') return kinds
  return Number(Boolean(a.sectionName)) - Number(Boolean(b.sectionName))
}

function compose<T>(...compares: readonly Compare<T>[]): Compare<T> {
  return (a, b) => {
    for (const compare of compares) {
      const order = compare(a, b)
      if (order !== 0) return order
    }
    return 0
  }
}

const policyOrder = compose(byTopLevelKind, byDataplaneRef, byOrigin, byGatewayTags, byRole, byDisplayName)
const inboundOrder = compose(byTopLevelKind, byDataplaneRef, byOrigin, byRole, byDisplayName)
const toOrder = compose<PolicyItem>(byTopLevelKind, byDataplaneRef, byOrigin, byRole, byToRef, byDisplayName)

/** Sorted by name in the store, so that the order in which resources came in never shows. */
export function inStoreOrder<P extends Policy>(policies: readonly P[]): P[] {
  return [...policies].sort((a, b) => byText(a.name, b.name) || byText(a.mesh ?? '', b.mesh ?? ''))
}

/** Matched policies, the strongest last. Expects them in store order. */
export function sortPolicies(policies: readonly Policy[]): Policy[] {
  return policies
    .map((policy) => ({ policy, topLevel: topLevelOf(policy) }))
    .sort(policyOrder)
    .map(({ policy }) => policy)
}

/**
 * The newest last: so Kuma takes the policies of one host name of a gateway, where it forgets to sort what its store lists in
 * order of creation. Expects them in store order.
 */
export function sortByCreation(policies: readonly Policy[]): Policy[] {
  return [...policies].sort((a, b) => byText(creationOrder(a), creationOrder(b)))
}

/** `to` entries of sorted policies for real resources, the strongest last; inside one policy the order of the list holds. */
export function sortToItems(items: readonly PolicyItem[]): PolicyItem[] {
  return [...items].sort(toOrder)
}

/** `rules` entries of sorted policies, the strongest last; inside one policy the order of the list holds. */
export function sortInboundItems<T extends Ranked>(items: readonly T[]): T[] {
  return [...items].sort(inboundOrder)
}
