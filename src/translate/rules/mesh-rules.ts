import type { Kind } from '../../core/kind.js'
import type { Resource } from '../../core/resource.js'
import { type InboundRule, catchAll, fromRules, inboundRules } from './inbound.js'
import { kriOf } from './kri.js'
import type { MatchedRules, ToRules } from './matched-rules.js'
import { toRules } from './matched-rules.js'
import { sortPolicies } from './order.js'
import { type MatchedPolicy, type PolicyIndex, createPolicyIndex } from './policy-index.js'
import type { Policy } from './policy-spec.js'
import { type ProxyShape, type ProxySpec, hostnameKey, listenerKey, proxyShape } from './proxy-shape.js'
import { type ResourceIndex, type ResourceSource, createResourceIndex } from './resource-index.js'
import type { GatewaySpec } from './select-gateway.js'
import { isSingle, proxyRule } from './single.js'
import type { SubsetRule, SubsetRules } from './subset-rules.js'
import { resourceRules, serviceRules } from './to.js'

/** What the engine has to know of a kind of policy. */
export type PolicyKind = Pick<Kind, 'type' | 'policy'>

export interface MeshRules {
  /** What the policies of a kind say to a proxy of the mesh. */
  of<Conf = unknown>(kind: PolicyKind, dataplane: Resource<ProxySpec>): MatchedRules<Conf>
  readonly resources: ResourceIndex
}

export interface MeshRulesOptions {
  /** Whether policies with label `kuma.io/effect: shadow` count. Default: no. */
  readonly includeShadow?: boolean
}

/**
 * The rule engine of one mesh. Each kind's policies are indexed when first asked for; what depends only on which policies match
 * is made once and shared by all proxies that the same policies match.
 */
export function createMeshRules(source: ResourceSource, { includeShadow = false }: MeshRulesOptions = {}): MeshRules {
  const resources = createResourceIndex(source)
  const mesh = source.resourcesOf('Mesh').find(({ name }) => name === source.name)
  const shapes = new WeakMap<Resource, ProxyShape>()
  const shapeOf = (dataplane: Resource<ProxySpec>) => {
    let shape = shapes.get(dataplane)
    if (!shape) shapes.set(dataplane, (shape = proxyShape(dataplane, source.resourcesOf<GatewaySpec>('MeshGateway'))))
    return shape
  }
  const kinds = new Map<string, KindRules>()
  return {
    resources,
    of<Conf>(kind: PolicyKind, dataplane: Resource<ProxySpec>) {
      let rules = kinds.get(kind.type)
      if (!rules) {
        const index = createPolicyIndex(source.resourcesOf(kind.type) as Policy[], source.resourcesOf('MeshHTTPRoute') as Policy[], includeShadow)
        kinds.set(kind.type, (rules = new KindRules(kind, index, resources, mesh ? kriOf(mesh, 'm') : '')))
      }
      return rules.match(shapeOf(dataplane)) as MatchedRules<Conf>
    },
  }
}

/** One kind's policies, and what was already made of them. */
class KindRules {
  readonly #shared = new Map<string, unknown>()
  readonly #positions = new Map<Policy, number>()
  readonly #kind: PolicyKind
  readonly #index: PolicyIndex
  readonly #resources: ResourceIndex
  readonly #mesh: string

  constructor(kind: PolicyKind, index: PolicyIndex, resources: ResourceIndex, mesh: string) {
    this.#kind = kind
    this.#index = index
    this.#resources = resources
    this.#mesh = mesh
  }

  match(proxy: ProxyShape): MatchedRules {
    const { policies: matched, warnings } = this.#index.match(proxy)
    const traits = this.#kind.policy ?? { matching: 'targetRef' }
    const policies = sortPolicies(matched.map(({ policy }) => policy))
    const from = new Map<string, readonly SubsetRule[]>()
    const inbound = new Map<string, readonly InboundRule[]>()
    const listeners = group(matched, ({ listeners }) => listeners)
    const hostnames = group(matched, ({ hostnames }) => hostnames)
    const problems = [...warnings]
    const onProblem = (what: string, rules: SubsetRules) => {
      if (rules.problem !== undefined) problems.push(`couldn't create ${what} rules: ${rules.problem}`)
      return rules.rules
    }
    if (traits.hasFromTargetRef) {
      for (const [listener, list] of listeners) {
        from.set(listener, onProblem('From', this.#once('from', list, () => fromRules(list, traits))))
        inbound.set(listener, this.#once('inbound', list, () => inboundRules(list, traits)))
      }
    }
    const to = this.#to(policies)
    onProblem('To', this.#services(policies))
    return {
      type: this.#kind.type,
      policies,
      to,
      from: { byListener: from, forListener: (listener) => from.get(listenerKey(listener)) },
      inbound: {
        byListener: inbound,
        forListener: (listener) => inbound.get(listenerKey(listener)) ?? [],
        catchAll: (listener) => {
          const list = listeners.get(listenerKey(listener)) ?? []
          return this.#once('catch-all', list, () => catchAll(inboundRules(list, traits), traits.merge))
        },
      },
      gateway: {
        forListener: (listener) => this.#to(listeners.get(listenerKey(listener)) ?? []),
        forHostname: (listener, hostname) => this.#to(hostnames.get(hostnameKey(listener, hostname)) ?? []),
      },
      single: isSingle(traits) ? this.#once('single', policies, () => proxyRule(policies, traits)) : undefined,
      warnings: problems,
    }
  }

  #to(policies: readonly Policy[]): ToRules {
    return this.#once('to', policies, () => {
      const traits = this.#kind.policy
      const resources = traits?.hasToTargetRef ? resourceRules(policies, traits, this.#resources) : new Map()
      return toRules(this.#services(policies).rules, resources, this.#mesh)
    })
  }

  #services(policies: readonly Policy[]): SubsetRules {
    return this.#once('services', policies, () => {
      const traits = this.#kind.policy
      return traits?.hasToTargetRef ? serviceRules(policies, traits, (policy) => this.#index.routeOf(policy)) : { rules: [] }
    })
  }

  /** What is made of a list of policies, made once. */
  #once<T>(what: string, policies: readonly Policy[], make: () => T): T {
    const key = `${what} ${policies.map((policy) => this.#positionOf(policy)).join()}`
    if (!this.#shared.has(key)) this.#shared.set(key, make())
    return this.#shared.get(key) as T
  }

  #positionOf(policy: Policy): number {
    const position = this.#positions.get(policy) ?? this.#positions.size
    this.#positions.set(policy, position)
    return position
  }
}

/** Policies by what they select, each list in order of precedence. */
function group(matched: readonly MatchedPolicy[], keysOf: (selection: MatchedPolicy['selection']) => readonly string[]): ReadonlyMap<string, readonly Policy[]> {
  const groups = new Map<string, Policy[]>()
  for (const { policy, selection } of matched) {
    for (const key of keysOf(selection)) {
      const list = groups.get(key)
      if (list) list.push(policy)
      else groups.set(key, [policy])
    }
  }
  return new Map([...groups].map(([key, policies]) => [key, sortPolicies(policies)]))
}
