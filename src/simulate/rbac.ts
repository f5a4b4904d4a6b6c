import { Action, type Permission, type Principal, RBAC_Action, type RBAC } from '../gen/envoy/config/rbac/v3/rbac.js'
import type { Matcher } from '../gen/xds/type/matcher/v3/matcher.js'
import type { Connection } from './connection.js'
import { matchAction } from './data-matcher.js'
import { type HttpMessage, pathOnly } from './request.js'
import type { PermissionDecision } from './result.js'
import { matchesHeader, matchesString } from './string-match.js'
import { Unevaluated } from './unevaluated.js'
import { unpack } from './unpack.js'

interface Rules {
  readonly rules?: RBAC
  readonly matcher?: Matcher
  readonly shadowRules?: RBAC
  readonly shadowMatcher?: Matcher
}

/** What is asked of an RBAC filter; in front of HTTP there is no message. */
export interface Question {
  readonly connection: Connection
  readonly message?: HttpMessage
}

/** What an RBAC filter says, of the network or of HTTP: their rules are the same. Nothing configured lets everybody in. */
export function decide(config: Rules, question: Question): Omit<PermissionDecision, 'level'> {
  const { allowed, by } = verdict(config.rules, config.matcher, question) ?? { allowed: true, by: [] }
  const shadow = verdict(config.shadowRules, config.shadowMatcher, question)
  return { allowed, by, ...(shadow && !shadow.allowed && { shadowDeniedBy: shadow.by }) }
}

interface Verdict {
  readonly allowed: boolean
  readonly by: readonly string[]
}

function verdict(rules: RBAC | undefined, matcher: Matcher | undefined, question: Question): Verdict | undefined {
  if (matcher) return matcherVerdict(matcher, question)
  if (!rules) return undefined
  const { ALLOW, DENY } = RBAC_Action
  const action = rules.action ?? ALLOW
  const found = Object.entries(rules.policies ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .find(
      ([, { permissions = [], principals = [] }]) =>
        permissions.some((permission) => permits(permission, question)) && principals.some((principal) => isCaller(principal, question)),
    )
  const by = found ? [found[0]] : []
  return { allowed: action === DENY ? !found : action === ALLOW ? found !== undefined : true, by }
}

/** The name of an action is the policy's identifier; `default` stands for none. */
function matcherVerdict(matcher: Matcher, { connection }: Question): Verdict {
  const action = unpack(Action, matchAction(matcher, connection)?.typedConfig)
  if (!action) return { allowed: false, by: [] }
  const by = action.name && action.name !== 'default' ? [action.name] : []
  return { allowed: (action.action ?? RBAC_Action.ALLOW) !== RBAC_Action.DENY, by }
}

function permits({ rule }: Permission, question: Question): boolean {
  const { connection, message } = question
  switch (rule?.$case) {
    case 'any':
      return rule.any
    case 'andRules':
      return (rule.andRules.rules ?? []).every((inner) => permits(inner, question))
    case 'orRules':
      return (rule.orRules.rules ?? []).some((inner) => permits(inner, question))
    case 'notRule':
      return !permits(rule.notRule, question)
    case 'header':
      return message !== undefined && matchesHeader(rule.header, message)
    case 'urlPath':
      return message !== undefined && matchesPath(rule.urlPath.rule?.path, message)
    case 'destinationPort':
      return connection.port === rule.destinationPort
    case 'requestedServerName':
      return matchesString(rule.requestedServerName, connection.tls?.sni ?? '')
    default:
      throw new Unevaluated(`the RBAC permission ${rule?.$case}`)
  }
}

function isCaller({ identifier }: Principal, question: Question): boolean {
  const { connection, message } = question
  switch (identifier?.$case) {
    case 'any':
      return identifier.any
    case 'andIds':
      return (identifier.andIds.ids ?? []).every((inner) => isCaller(inner, question))
    case 'orIds':
      return (identifier.orIds.ids ?? []).some((inner) => isCaller(inner, question))
    case 'notId':
      return !isCaller(identifier.notId, question)
    case 'authenticated': {
      const { principalName } = identifier.authenticated
      if (connection.callerUris.length === 0) return false
      return !principalName || connection.callerUris.some((uri) => matchesString(principalName, uri))
    }
    case 'header':
      return message !== undefined && matchesHeader(identifier.header, message)
    case 'urlPath':
      return message !== undefined && matchesPath(identifier.urlPath.rule?.path, message)
    default:
      throw new Unevaluated(`the RBAC principal ${identifier?.$case}`)
  }
}

function matchesPath(matcher: Parameters<typeof matchesString>[0] | undefined, { path }: HttpMessage): boolean {
  return matcher !== undefined && matchesString(matcher, pathOnly(path))
}
