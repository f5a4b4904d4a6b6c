import type { Resource, ResourceKey } from '../core/resource.js'
import { registry } from '../translate/kinds.js'
import type { MatchedRules, Origin as RuleOrigin, ProxySpec } from '../translate/rules/index.js'
import type { World } from './world.js'

/** The turn of a policy's entry in a rule: entries are merged one after the other, later ones override earlier ones. */
export interface MergeStep {
  /** `to kuma.io/service=orders`, `inbound 10.0.0.1:8080`, `proxy`. */
  readonly rule: string
  /** From 1. */
  readonly step: number
  /** How many entries the rule is merged from. */
  readonly of: number
}

const entry = /^spec\.(?:to|from|rules)\[(\d+)\]|^spec\.default/

/** The rules of the proxy that an entry of a targetRef policy went into. */
export function mergeSteps({ fleet, own }: World, { type, mesh, name }: ResourceKey, path: string): MergeStep[] {
  const kind = registry.byType(type)
  const context = own.mesh === undefined ? undefined : fleet.mesh(own.mesh)
  const place = entry.exec(path)
  if (kind?.policy?.matching !== 'targetRef' || !context || !place) return []
  const index = Number(place[1] ?? 0)
  const rules = rulesIn(context.rules.of(kind, own as Resource<ProxySpec>))
  const isMine = ({ policy, ruleIndex }: RuleOrigin) => policy.name === name && policy.mesh === mesh && ruleIndex === index
  return rules.flatMap(({ rule, origins, side }) => {
    const position = path.startsWith(`spec.${side}`) || side === 'proxy' ? origins.findIndex(isMine) : -1
    return position < 0 ? [] : [{ rule, step: position + 1, of: origins.length }]
  })
}

interface Rule {
  readonly rule: string
  readonly side: string
  readonly origins: readonly RuleOrigin[]
}

function rulesIn({ to, from, inbound, single }: MatchedRules): Rule[] {
  const tags = (subset: readonly { readonly key: string; readonly value: string; readonly not?: boolean }[]) =>
    subset.map(({ key, value, not }) => `${key}${not ? '!=' : '='}${value}`).join(' ') || 'any'
  return [
    ...to.services.map(({ subset, origins }) => ({ rule: `to ${tags(subset)}`, side: 'to', origins })),
    ...[...to.resources].map(([kri, { origins }]) => ({ rule: `to ${kri}`, side: 'to', origins })),
    ...[...from.byListener].flatMap(([listener, rules]) =>
      rules.map(({ subset, origins }) => ({ rule: `inbound ${listener} from ${tags(subset)}`, side: 'from', origins })),
    ),
    ...[...inbound.byListener].flatMap(([listener, rules]) => {
      const origins = rules.map(({ origin }) => origin)
      return ['rules', 'from'].map((side) => ({ rule: `inbound ${listener}`, side, origins }))
    }),
    ...(single ? [{ rule: 'proxy', side: 'proxy', origins: single.origins }] : []),
  ]
}
