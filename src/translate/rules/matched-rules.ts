/** What the policies of one kind say to one proxy, ready for their translation. */
import type { Issue } from '../../core/issue.js'
import type { Tags } from '../tags.js'
import { tag } from '../tags.js'
import type { InboundRule } from './inbound.js'
import { withoutSection } from './kri.js'
import type { Policy } from './policy-spec.js'
import type { ListenerAddress } from './proxy-shape.js'
import type { ProxyRule } from './single.js'
import type { SubsetRule } from './subset-rules.js'
import { contains } from './subsets.js'
import type { ResourceRule } from './to.js'

/** Rules for traffic that leaves. */
export interface ToRules<Conf = unknown> {
  /** By `kuma.io/service` tags, the most specific first. Only for destinations that are no real resource. */
  readonly services: readonly SubsetRule<Conf>[]
  /** By identifier. */
  readonly resources: ReadonlyMap<string, ResourceRule<Conf>>
  /** The first rule for a destination with these tags; without any, that of all destinations. */
  forTags(tags: Tags): SubsetRule<Conf> | undefined
  /** The first rule for a `kuma.io/service` destination, or a subset of it. */
  forService(service: string, tags?: Tags): SubsetRule<Conf> | undefined
  /** The rule for a real resource: of the section, else of the resource, else of the mesh. */
  forResource(kri: string): ResourceRule<Conf> | undefined
  /** The rule of the first identifier that has one, else that of the mesh. Levels don't merge: each rule holds all that concerns it. */
  forFirst(...kris: readonly string[]): ResourceRule<Conf> | undefined
  /** The rule of exactly this resource and section. */
  exactly(kri: string): ResourceRule<Conf> | undefined
}

/** Rules for traffic that reaches a listener. */
export interface FromRules<Conf = unknown> {
  /** By tags of the client; the first that contains it holds. No entry: no policy selects the listener. */
  readonly byListener: ReadonlyMap<string, readonly SubsetRule<Conf>[]>
  forListener(listener: ListenerAddress): readonly SubsetRule<Conf>[] | undefined
}

export interface InboundRules<Conf = unknown> {
  readonly byListener: ReadonlyMap<string, readonly InboundRule<Conf>[]>
  forListener(listener: ListenerAddress): readonly InboundRule<Conf>[]
  /** Every rule for a zone proxy that is part of the Dataplane, by its name or port. */
  forSection(section: string): readonly InboundRule<Conf>[]
  /** What holds for all traffic: the rules without a match merged. */
  catchAll(listener: ListenerAddress): ProxyRule<Conf> | undefined
}

/** Rules of a built-in gateway: what leaves by each of its listeners. */
export interface GatewayRules<Conf = unknown> {
  forListener(listener: ListenerAddress): ToRules<Conf>
  /** For policies that select listeners by tags. */
  forHostname(listener: ListenerAddress, hostname?: string): ToRules<Conf>
}

export interface MatchedRules<Conf = unknown> {
  /** Kind of the policies. */
  readonly type: string
  /** Every policy that selects the proxy or a part of it, the strongest last. */
  readonly policies: readonly Policy[]
  readonly to: ToRules<Conf>
  readonly from: FromRules<Conf>
  readonly inbound: InboundRules<Conf>
  readonly gateway: GatewayRules<Conf>
  /** The conf of the whole proxy, of kinds that have neither direction. */
  readonly single?: ProxyRule<Conf>
  /** The same for a zone proxy that is part of the Dataplane. */
  singleFor(section: string): ProxyRule<Conf> | undefined
  /** What could not be made of the policies, in the peer's words. */
  readonly warnings: readonly string[]
}

/** @param mesh identifier of the Mesh */
export function toRules(services: readonly SubsetRule[], resources: ReadonlyMap<string, ResourceRule>, mesh: string): ToRules {
  const forFirst = (...kris: readonly string[]) => {
    for (const kri of [...kris, mesh]) {
      const rule = resources.get(kri)
      if (rule) return rule
    }
    return undefined
  }
  const byService = new Map<string, SubsetRule | undefined>()
  const ofService = (service: string) => {
    if (!byService.has(service)) byService.set(service, forTags({ [tag.service]: service }))
    return byService.get(service)
  }
  const forTags = (tags: Tags) => {
    const untagged = Object.keys(tags).length === 0
    return services.find(({ subset }) => (untagged ? subset.length === 0 : contains(subset, tags)))
  }
  return {
    services,
    resources,
    forTags,
    forService: (service, tags) => (tags ? forTags({ ...tags, [tag.service]: service }) : ofService(service)),
    forResource: (kri) => forFirst(kri, withoutSection(kri)),
    forFirst,
    exactly: (kri) => resources.get(kri),
  }
}

/** The warnings as issues about the policies of a kind. */
export function toIssues({ type, warnings }: MatchedRules): Issue[] {
  return warnings.map((message) => ({ level: 'warning', code: 'unmatched-policy', path: 'spec', message: `${type}: ${message}` }))
}
