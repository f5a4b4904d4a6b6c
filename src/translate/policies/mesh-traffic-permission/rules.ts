import { Action, type Principal, RBAC_Action, type RBAC } from '../../../gen/envoy/config/rbac/v3/rbac.js'
import type { Matcher } from '../../../gen/xds/type/matcher/v3/matcher.js'
import { extension, fieldMatcher, matcherList, onMatch } from '../../envoy/matcher.js'
import { exactly } from '../../envoy/tls.js'
import { spiffeId } from '../../names.js'
import type { Subset, SubsetRule } from '../../rules/index.js'
import { tag } from '../../tags.js'
import type { ConnectionConf, PermissionConf } from './schema.js'

/** What the filters of a chain are given: rules by principals (`from`), or a matcher (`rules`). */
export interface Guard {
  readonly rules?: RBAC
  readonly shadowRules?: RBAC
  readonly matcher?: Matcher
  readonly shadowMatcher?: Matcher
}

const policyName = 'MeshTrafficPermission'

/** `from`: whom the rules for subsets of proxies allow. Nobody else gets in. */
export function guardBySubsets(rules: readonly SubsetRule<PermissionConf>[], mesh: string): Guard {
  const principals = (...actions: readonly string[]) =>
    actions.flatMap((action) => rules.filter(({ conf }) => conf.action === action).map(({ subset }) => principal(subset, mesh)))
  const allowed = principals('Allow', 'AllowWithShadowDeny')
  const shadowDenied = principals('AllowWithShadowDeny')
  return {
    rules: allowed.length > 0 ? rbac(RBAC_Action.ALLOW, allowed) : {},
    shadowRules: shadowDenied.length > 0 ? rbac(RBAC_Action.DENY, shadowDenied) : undefined,
  }
}

function rbac(action: RBAC['action'], principals: Principal[]): RBAC {
  return { action, policies: { [policyName]: { permissions: [{ rule: { $case: 'any', any: true } }], principals } } }
}

function principal(subset: Subset, mesh: string): Principal {
  const ids = subset.map(({ key, value, not }): Principal => {
    const uri = key === tag.service ? spiffeId(mesh, value) : `kuma://${key}/${value}`
    const id: Principal = { identifier: { $case: 'authenticated', authenticated: { principalName: exactly(uri) } } }
    return not ? { identifier: { $case: 'notId', notId: id } } : id
  })
  const [first] = ids
  if (!first) return { identifier: { $case: 'any', any: true } }
  return ids.length === 1 ? first : { identifier: { $case: 'andIds', andIds: { ids } } }
}

/** A rule with the identifier of the policy that it came from. */
export interface NamedRule {
  readonly conf: ConnectionConf
  readonly kri: string
}

/** `rules`: all that is denied, whoever says so, comes before all that is allowed; the rest is denied. */
export function guardByConnection(rules: readonly NamedRule[]): Guard {
  const list = (action: RBAC['action'], pick: (conf: ConnectionConf) => ConnectionConf['allow']) =>
    rules.flatMap(({ conf, kri }) => fieldMatcher(pick(conf) ?? [], rbacAction(action, kri)))
  const denied = list(RBAC_Action.DENY, ({ deny }) => deny)
  const allowed = list(RBAC_Action.ALLOW, ({ allow = [], allowWithShadowDeny = [] }) => [...allow, ...allowWithShadowDeny])
  const shadowDenied = list(RBAC_Action.DENY, ({ allowWithShadowDeny }) => allowWithShadowDeny)
  const otherwise = rbacAction(RBAC_Action.DENY, 'default')
  return {
    matcher: matcherList([...denied, ...allowed], otherwise),
    shadowMatcher: shadowDenied.length > 0 ? matcherList(shadowDenied, otherwise) : undefined,
  }
}

function rbacAction(action: RBAC['action'], name: string) {
  return onMatch(extension('envoy.filters.rbac.action', Action, { name, action }))
}
