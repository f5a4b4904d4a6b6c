/** What `GET /meshes/{mesh}/dataplanes/{name}/_rules` answers. Source: Kuma's OpenAPI, InspectRulesResponse. */
import type { Resource } from '../../core/resource.js'
import type { Tags } from '../tags.js'
import type { InboundRule } from './inbound.js'
import type { MatchedRules } from './matched-rules.js'
import { type HttpMatch, matchesHash } from './matches-hash.js'
import type { MeshRules } from './mesh-rules.js'
import type { PolicyKind } from './kind-rules.js'
import { type Match, type Origin, policiesOf } from './policy-spec.js'
import type { ProxySpec } from './proxy-shape.js'
import type { SubsetRule } from './subset-rules.js'
import type { SubsetTag } from './subsets.js'
import type { ResourceRule } from './to.js'

export interface RulesReport {
  readonly resource: Meta
  /** The matches behind the hashes that rules of routes are told apart by. */
  readonly httpMatches: readonly { readonly hash: string; readonly match: readonly HttpMatch[] }[]
  /** One entry for each kind that has something to say. */
  readonly rules: readonly KindReport[]
}

export interface Meta {
  readonly type: string
  readonly mesh: string
  readonly name: string
  readonly labels: Tags
}

export interface KindReport {
  readonly type: string
  /** Empty where the mesh has real services only. */
  readonly toRules: readonly SubsetReport[]
  readonly toResourceRules: readonly ResourceReport[]
  readonly fromRules: readonly { readonly inbound: InboundReport; readonly rules: readonly SubsetReport[] }[]
  readonly inboundRules: readonly { readonly inbound: InboundReport; readonly rules: readonly InboundRuleReport[] }[]
  readonly proxyRule?: { readonly conf: unknown; readonly origin: readonly Meta[] }
  readonly warnings: readonly string[]
}

export interface SubsetReport {
  readonly conf: unknown
  readonly matchers: readonly SubsetTag[]
  readonly origin: readonly Meta[]
}

export interface OriginReport {
  readonly resourceMeta: Meta
  readonly ruleIndex: number
}

export interface ResourceReport {
  readonly conf: readonly unknown[]
  readonly origin: readonly OriginReport[]
  readonly resourceMeta: Meta
  readonly resourceSectionName: string
}

export interface InboundRuleReport {
  readonly conf: readonly unknown[]
  readonly match?: Match
  readonly origin: readonly OriginReport[]
}

export interface InboundReport {
  readonly name?: string
  readonly port: number
  readonly tags: Tags | null
}

interface MeshModes {
  readonly meshServices?: { readonly mode?: string }
}

/**
 * The report on one proxy.
 * @param kinds the kinds of targetRef policies, in the order in which they are to appear
 */
export function rulesReport(rules: MeshRules, kinds: readonly PolicyKind[], mesh: Resource, dataplane: Resource<ProxySpec>): RulesReport {
  const realServicesOnly = (mesh.spec as MeshModes).meshServices?.mode === 'Exclusive'
  const httpMatches = new Map<string, readonly HttpMatch[]>()
  const reports: KindReport[] = []
  for (const kind of kinds) {
    const matched = rules.of(kind, dataplane)
    for (const matches of matchesOf(kind, matched)) httpMatches.set(matchesHash(matches), matches)
    const report = reportOf(matched, dataplane, realServicesOnly)
    if (saysAnything(report)) reports.push(report)
  }
  return {
    resource: metaOf(dataplane),
    httpMatches: [...httpMatches].sort(([a], [b]) => (a < b ? -1 : 1)).map(([hash, match]) => ({ hash, match })),
    rules: reports,
  }
}

/** What the entries of keyed lists match on: only kinds of routes have such lists. */
function matchesOf({ policy }: PolicyKind, { to }: MatchedRules): (readonly HttpMatch[])[] {
  const list = policy?.merge?.keyedList
  if (!list) return []
  const confs = [...to.services.map(({ conf }) => conf), ...[...to.resources.values()].flatMap((rule) => rule.confs)]
  const entries = (conf: unknown) =>
    (conf as Readonly<Record<string, readonly Readonly<Record<string, unknown>>[] | undefined>>)[list.field] ?? []
  return confs.flatMap((conf) => entries(conf).map((entry) => entry[list.key] as readonly HttpMatch[]))
}

function reportOf(matched: MatchedRules, dataplane: Resource<ProxySpec>, realServicesOnly: boolean): KindReport {
  const { type, to, from, inbound, single, warnings } = matched
  return {
    type,
    toRules: realServicesOnly ? [] : to.services.map(subsetReport),
    toResourceRules: [...to.resources.values()].sort(byNameThenKri).map(resourceReport),
    fromRules: byInbound(from.byListener, dataplane).map(({ inbound, rules }) => ({ inbound, rules: rules.map(subsetReport) })),
    inboundRules: byInbound(inbound.byListener, dataplane).map(({ inbound, rules }) => ({ inbound, rules: rules.map(inboundRuleReport) })),
    ...(single && { proxyRule: { conf: single.conf, origin: policiesOf(single.origins).map(metaOf) } }),
    warnings,
  }
}

function saysAnything({ toRules, toResourceRules, fromRules, inboundRules, proxyRule }: KindReport): boolean {
  return proxyRule !== undefined || [toRules, toResourceRules, fromRules, inboundRules].some((list) => list.length > 0)
}

/** Listeners that have rules, by port. */
function byInbound<R>(
  rulesByListener: ReadonlyMap<string, readonly R[]>,
  dataplane: Resource<ProxySpec>,
): { readonly inbound: InboundReport; readonly rules: readonly R[] }[] {
  return [...rulesByListener]
    .filter(([, rules]) => rules.length > 0)
    .map(([key, rules]) => ({ key, inbound: inboundReport(dataplane, Number(key.slice(key.lastIndexOf(':') + 1))), rules }))
    .sort((a, b) => a.inbound.port - b.inbound.port || (a.key < b.key ? -1 : 1))
}

function inboundReport({ spec }: Resource<ProxySpec>, port: number): InboundReport {
  const inbound = spec.networking?.inbound?.find((candidate) => candidate.port === port)
  const tags = spec.networking?.gateway ? spec.networking.gateway.tags : inbound?.tags
  return { ...(inbound?.name && { name: inbound.name }), port, tags: tags ?? null }
}

function subsetReport({ conf, subset, origins }: SubsetRule): SubsetReport {
  return { conf, matchers: subset, origin: policiesOf(origins).map(metaOf) }
}

function resourceReport({ confs, origins, resource, section }: ResourceRule): ResourceReport {
  return { conf: confs, origin: origins.map(originReport), resourceMeta: metaOf(resource), resourceSectionName: section }
}

function inboundRuleReport({ conf, match, origin }: InboundRule): InboundRuleReport {
  return { conf: [conf], ...(match && { match }), origin: [originReport(origin)] }
}

function originReport({ policy, ruleIndex }: Origin): OriginReport {
  return { resourceMeta: metaOf(policy), ruleIndex }
}

function metaOf({ type, mesh = '', name, labels }: Resource): Meta {
  return { type, mesh, name, labels }
}

function byNameThenKri(a: ResourceRule, b: ResourceRule): number {
  const [left, right] = a.resource.name === b.resource.name ? [a.kri, b.kri] : [a.resource.name, b.resource.name]
  return left < right ? -1 : left > right ? 1 : 0
}
