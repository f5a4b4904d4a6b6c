import type { Violation } from '../kind.js'
import { checkPort } from '../validate/ports.js'
import { checkSelector, checkSelectors } from '../validate/tags.js'
import { type Place, collect } from '../validate/violations.js'
import type { HeaderFilter, HttpRule, HttpRuleFilter, HttpRuleMatch, MeshGatewayRouteSpec, RouteBackend } from './mesh-gateway-route.js'

const required = { requireTag: true, requireService: true } as const

export function validateMeshGatewayRoute({ selectors, conf }: MeshGatewayRouteSpec): Violation[] {
  const root = collect()
  checkSelectors(root.field('selectors'), selectors, { requireSelector: true, ...required })
  if (!conf?.http && !conf?.tcp) root.field('conf').add('cannot be empty')
  if (conf?.http) {
    const at = root.field('conf.http.rules')
    const { rules = [] } = conf.http
    if (rules.length === 0) at.add('cannot be empty')
    for (const [i, rule] of rules.entries()) checkRule(at.index(i), rule)
  }
  return root.violations
}

function checkRule(at: Place, { matches = [], filters = [], backends = [] }: HttpRule): void {
  if (matches.length === 0) return at.field('matches').add('cannot be empty')
  for (const [i, match] of matches.entries()) checkMatch(at.field('matches').index(i), match)

  // As in Kuma, a filter that rewrites the host to that of the backend is left out of the count.
  const rewritesHost = filters.some(({ rewrite }) => rewrite?.hostToBackendHostname)
  const counted = filters.filter(({ rewrite }) => !rewrite?.hostToBackendHostname)
  const prefix = matches.some(({ path }) => path?.match === 'PREFIX')
  for (const [i, filter] of counted.entries()) checkFilter(at.field('filters').index(i), filter, { prefix, rewritesHost })

  const redirects = counted.some(({ redirect }) => redirect)
  if (redirects && filters.length !== 1) return at.field('filters').add('redirects cannot be used with other filters')
  if (backends.length === 0 && !redirects) at.field('backends').add('cannot be empty')
  if (backends.length > 0 && redirects) at.field('backends').add('must be empty when using redirect filters')
  for (const [i, backend] of backends.entries()) checkBackend(at.field('backends').index(i), backend)
}

function checkMatch(at: Place, { path, method, headers = [], queryParameters = [] }: HttpRuleMatch): void {
  if (!path && !method && headers.length === 0 && queryParameters.length === 0) at.add('cannot be empty')
  if (path?.match === 'REGEX') {
    if (!path.value) at.field('value').add('cannot be empty')
  } else if (path && !path.value?.startsWith('/')) {
    at.field('value').add('must be an absolute path')
  }
  for (const [i, { match, name, value }] of headers.entries()) {
    const header = at.field('headers').index(i)
    if (!name) header.field('name').add('cannot be empty')
    const valued = match !== 'ABSENT' && match !== 'PRESENT'
    if (valued && !value) header.field('value').add('cannot be empty')
    if (!valued && value) header.field('value').add('cannot be set')
  }
  for (const [i, { name, value }] of queryParameters.entries()) {
    const parameter = at.field('query_parameters').index(i)
    if (!name) parameter.field('name').add('cannot be empty')
    if (!value) parameter.field('value').add('cannot be empty')
  }
}

interface RuleTraits {
  /** One of the matches is of a path prefix. */
  readonly prefix: boolean
  /** The route rewrites the host to that of the backend. */
  readonly rewritesHost: boolean
}

function checkFilter(at: Place, { requestHeader, redirect, mirror, rewrite }: HttpRuleFilter, { prefix, rewritesHost }: RuleTraits): void {
  if (requestHeader) checkHeaders(at.field('request_header'), requestHeader, rewritesHost)
  if (redirect) {
    const { port, statusCode = 0 } = redirect
    if (port) checkPort(at.field('redirect.port'), port)
    if (statusCode < 300 || statusCode > 308) at.field('redirect.status_code').add('must be in the range [300, 308]')
  }
  if (mirror) {
    const percentage = at.field('mirror.percentage')
    if (mirror.percentage === undefined) percentage.add('cannot be empty')
    else if (!(mirror.percentage >= 0 && mirror.percentage <= 100)) percentage.add('has to be in [0.0 - 100.0] range')
    checkBackend(at.field('mirror.backend'), mirror.backend)
  }
  if (rewrite?.replacePrefixMatch !== undefined && !prefix) {
    at.field('rewrite.replacePrefixMatch').add('cannot be used without a match on path prefix')
  }
}

function checkHeaders(at: Place, { set = [], add = [], remove = [] }: HeaderFilter, rewritesHost: boolean): void {
  if (set.length === 0 && add.length === 0 && remove.length === 0) at.add('cannot be empty')
  for (const [field, headers] of [
    ['set', set],
    ['add', add],
  ] as const) {
    for (const [i, { name, value }] of headers.entries()) {
      const header = at.field(field).index(i)
      if (!name) header.field('name').add('cannot be empty')
      else if (rewritesHost && [':authority', 'Host', 'host'].includes(name)) {
        header.add(`cannot modify '${name}' header, when route has set 'rewrite.host_to_backend_hostname' option`)
      }
      if (!value) header.field('value').add('cannot be empty')
    }
  }
  for (const [i, name] of remove.entries()) if (!name) at.field('remove').index(i).add('cannot be empty')
}

function checkBackend(at: Place, backend: RouteBackend | undefined): void {
  if (!backend) at.add('cannot be empty')
  else checkSelector(at, backend.destination, required)
}
