import { HeaderValueOption_HeaderAppendAction, type HeaderValueOption } from '../../../gen/envoy/config/core/v3/base.js'
import {
  RedirectAction_RedirectResponseCode,
  type RedirectAction,
  type Route,
  type RouteAction,
} from '../../../gen/envoy/config/route/v3/route_components.js'
import type { RegexMatchAndSubstitute } from '../../../gen/envoy/type/matcher/v3/regex.js'
import { fractionalPercent } from '../../envoy/percent.js'
import type { HeaderModifier, HttpFilterConf, PathRewrite } from './conf.js'

/** What a filter needs to know of the route that it changes. */
export interface FilterContext {
  /** Whether the route came from a path prefix: only then there is a prefix to replace. */
  readonly prefix: boolean
  /** Cluster of a mirror's backend, where it is known. */
  readonly mirrorCluster: (filter: HttpFilterConf) => string | undefined
}

/** Changes a route by one filter. Those that concern where a request is sent do nothing to a redirect. */
export function applyFilter(route: Route, filter: HttpFilterConf, context: FilterContext): void {
  const action = route.action?.$case === 'route' ? route.action.route : undefined
  switch (filter.type) {
    case 'RequestHeaderModifier':
      route.requestHeadersToAdd = joined(route.requestHeadersToAdd, headersToAdd(filter.requestHeaderModifier))
      route.requestHeadersToRemove = joined(route.requestHeadersToRemove, filter.requestHeaderModifier?.remove)
      break
    case 'ResponseHeaderModifier':
      route.responseHeadersToAdd = joined(route.responseHeadersToAdd, headersToAdd(filter.responseHeaderModifier))
      route.responseHeadersToRemove = joined(route.responseHeadersToRemove, filter.responseHeaderModifier?.remove)
      break
    case 'RequestRedirect':
      route.action = { $case: 'redirect', redirect: redirect(route, filter.requestRedirect ?? {}, context) }
      break
    case 'URLRewrite':
      if (action) rewrite(route, action, filter, context)
      break
    case 'RequestMirror':
      if (action) mirror(action, filter, context)
      break
  }
}

function joined<T>(known: T[] | undefined, more: readonly T[] = []): T[] | undefined {
  return more.length > 0 ? [...(known ?? []), ...more] : known
}

function headersToAdd({ set = [], add = [] }: HeaderModifier = {}): HeaderValueOption[] {
  const { APPEND_IF_EXISTS_OR_ADD, OVERWRITE_IF_EXISTS_OR_ADD } = HeaderValueOption_HeaderAppendAction
  return [
    ...set.map(({ name, value }) => ({ header: { key: name, value }, appendAction: OVERWRITE_IF_EXISTS_OR_ADD })),
    ...add.map(({ name, value }) => ({ header: { key: name, value }, appendAction: APPEND_IF_EXISTS_OR_ADD })),
  ]
}

const wholePath = (substitution: string): RegexMatchAndSubstitute => ({ pattern: { regex: '.*' }, substitution })

/** What becomes of the path: all of it replaced, or its prefix only. */
function newPath(route: Route, path: PathRewrite | undefined, prefix: boolean): { whole?: string; prefix?: string } {
  if (path?.type === 'ReplaceFullPath') return { whole: path.replaceFullPath }
  if (path?.type !== 'ReplacePrefixMatch' || !prefix) return {}
  return route.match?.pathSpecifier?.$case === 'path' ? { whole: path.replacePrefixMatch } : { prefix: path.replacePrefixMatch }
}

const responseCodes: Readonly<Record<number, RedirectAction['responseCode']>> = {
  301: RedirectAction_RedirectResponseCode.MOVED_PERMANENTLY,
  302: RedirectAction_RedirectResponseCode.FOUND,
  303: RedirectAction_RedirectResponseCode.SEE_OTHER,
  307: RedirectAction_RedirectResponseCode.TEMPORARY_REDIRECT,
  308: RedirectAction_RedirectResponseCode.PERMANENT_REDIRECT,
}

function redirect(route: Route, conf: NonNullable<HttpFilterConf['requestRedirect']>, { prefix }: FilterContext): RedirectAction {
  const path = newPath(route, conf.path, prefix)
  return {
    hostRedirect: conf.hostname,
    portRedirect: conf.port,
    schemeRewriteSpecifier: conf.scheme === undefined ? undefined : { $case: 'schemeRedirect', schemeRedirect: conf.scheme },
    pathRewriteSpecifier:
      path.whole !== undefined
        ? { $case: 'regexRewrite', regexRewrite: wholePath(path.whole) }
        : path.prefix !== undefined
          ? { $case: 'prefixRewrite', prefixRewrite: path.prefix }
          : undefined,
    responseCode: responseCodes[conf.statusCode ?? 302],
  }
}

function rewrite(route: Route, action: RouteAction, { urlRewrite }: HttpFilterConf, { prefix }: FilterContext): void {
  if (urlRewrite?.hostname !== undefined) {
    action.hostRewriteSpecifier = { $case: 'hostRewriteLiteral', hostRewriteLiteral: urlRewrite.hostname }
  }
  const path = newPath(route, urlRewrite?.path, prefix)
  if (path.whole !== undefined) action.regexRewrite = wholePath(path.whole)
  if (path.prefix !== undefined) action.prefixRewrite = path.prefix
}

function mirror(action: RouteAction, filter: HttpFilterConf, { mirrorCluster }: FilterContext): void {
  const cluster = mirrorCluster(filter)
  if (cluster === undefined) return
  const percentage = filter.requestMirror?.percentage
  const runtimeFraction = percentage === undefined ? undefined : { defaultValue: fractionalPercent(Number(percentage)) }
  action.requestMirrorPolicies = [...(action.requestMirrorPolicies ?? []), { cluster, runtimeFraction }]
}
