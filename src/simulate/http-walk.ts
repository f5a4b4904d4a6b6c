import type { Route, RouteAction, VirtualHost } from '../gen/envoy/config/route/v3/route_components.js'
import type { RouteConfiguration } from '../gen/envoy/config/route/v3/route.js'
import { HttpProtocolOptions_HeadersWithUnderscoresAction as Underscores } from '../gen/envoy/config/core/v3/protocol.js'
import {
  type HttpConnectionManager,
  HttpConnectionManager_PathWithEscapedSlashesAction as EscapedSlashes,
} from '../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import { secondsOf, shareOf } from './amounts.js'
import type { Connection } from './connection.js'
import { changeHeaders } from './header-changes.js'
import { isGrpc } from './grpc.js'
import { passFilters } from './http-filters.js'
import { normalizedPath } from './path.js'
import { type HttpMessage, pathOnly } from './request.js'
import type { Hop, RouteTaken } from './result.js'
import { redirection, rewrittenHost, rewrittenPath } from './rewrite.js'
import { chooseRoute, describeMatch } from './route-match.js'
import { clustersOf } from './route-shares.js'
import { type End, type Forward, type Step, likely } from './step.js'
import { Unevaluated } from './unevaluated.js'
import { chooseVirtualHost } from './virtual-host.js'

/** A request in an HTTP connection manager: routes, filters, and what the route says. */
export function walkHttp(
  hcm: HttpConnectionManager,
  original: HttpMessage,
  connection: Connection,
  routes: RouteConfiguration,
  before: Hop,
): Step[] {
  const message = normalized(hcm, original)
  if (message === 'malformed') return [ended(before, 'failed', 400, `the request for "${original.path}" is refused as malformed`)]
  if ('redirectedTo' in message) {
    const { redirectedTo: location } = message
    const redirected = ended(before, 'answered', 307, `redirected to ${location}, without escaped slashes`)
    // A gRPC client is not told where to: Envoy calls it an internal error (13).
    return [isGrpc(original) ? { ...redirected, grpcStatus: 13 } : { ...redirected, location }]
  }
  const virtualHost = chooseVirtualHost(routes, message.authority)
  const chosen = virtualHost && chooseRoute(virtualHost.routes ?? [], message, connection)
  const { route, index = 0 } = chosen ?? {}
  const named: Hop = { ...before, virtualHost: virtualHost?.name, ...(route && { route: routeTaken(route, index, virtualHost) }) }
  const { ended: stopped, rest } = passFilters(hcm.httpFilters ?? [], { message, connection, places: [route, virtualHost, routes] }, named)
  if (!rest) return [...stopped]
  const onward = ((): Step[] => {
    if (!virtualHost) return [ended(rest.hop, 'failed', 404, `no virtual host is for "${message.authority}"`)]
    if (!route) return [ended(rest.hop, 'failed', 404, `no route matches ${message.method} ${message.path}`)]
    switch (route.action?.$case) {
      case 'redirect': {
        const { status, location } = redirection(route, route.action.redirect, message)
        return [{ ...ended(rest.hop, 'answered', status, `redirected to ${location}`), location }]
      }
      case 'directResponse': {
        const { status = 0 } = route.action.directResponse
        return [ended(rest.hop, 'answered', status, `the route answers ${status} itself`)]
      }
      case 'route':
        return forwards(route, route.action.route, message, [virtualHost, routes], rest.hop)
      default:
        throw new Unevaluated(`the route action ${route.action?.$case ?? 'of none'}`)
    }
  })()
  return [...stopped, ...likely(onward, rest.probability)]
}

function ended(hop: Hop, kind: End['kind'], status: number, reason: string): End {
  return { kind, probability: 1, reason, status, hop }
}

/** The request as routes see it; `redirectedTo`: the client is to ask again, for that path. */
function normalized(hcm: HttpConnectionManager, message: HttpMessage): HttpMessage | { readonly redirectedTo: string } | 'malformed' {
  const { normalizePath, mergeSlashes, stripPortMode, stripMatchingHostPort, commonHttpProtocolOptions } = hcm
  const rejectsUnderscores = commonHttpProtocolOptions?.headersWithUnderscoresAction === Underscores.REJECT_REQUEST
  if (rejectsUnderscores && [...message.headers.keys()].some((name) => name.includes('_'))) return 'malformed'
  if (message.path.includes('#')) return 'malformed'
  const { action, path: unescaped } = withoutEscapedSlashes(hcm, message.path)
  if (action === EscapedSlashes.REJECT_REQUEST) return 'malformed'
  const path = normalizePath ? normalizedPath(unescaped, { mergeSlashes }) : unescaped
  if (path === undefined) return 'malformed'
  if (action === EscapedSlashes.UNESCAPE_AND_REDIRECT) return { redirectedTo: path }
  const authority = stripMatchingHostPort || stripPortMode ? message.authority.replace(/:\d+$/, '') : message.authority
  return { ...message, path, authority }
}

/** The path with its escaped slashes as slashes, where the proxy cares, and what it does about having met some. */
function withoutEscapedSlashes({ pathWithEscapedSlashesAction: action }: HttpConnectionManager, whole: string) {
  const path = pathOnly(whole)
  const { KEEP_UNCHANGED, IMPLEMENTATION_SPECIFIC_DEFAULT } = EscapedSlashes
  const keeps = action === undefined || action === KEEP_UNCHANGED || action === IMPLEMENTATION_SPECIFIC_DEFAULT
  if (keeps || !/%(2f|5c)/i.test(path)) return { path: whole }
  const unescaped = path.replace(/%2f/gi, '/').replace(/%5c/gi, '\\')
  return { path: unescaped + whole.slice(path.length), action }
}

type Places = readonly Parameters<typeof changeHeaders>[1][number][]

function forwards(route: Route, action: RouteAction, message: HttpMessage, outer: Places, hop: Hop): Forward[] {
  return clustersOf(action, message).map(({ name, share, entry }) => {
    // Headers are changed before the path: that is the order in which Envoy finishes a request.
    const changed = changeHeaders(message, [entry, route, ...outer])
    const host = entry?.hostRewriteSpecifier?.hostRewriteLiteral ?? rewrittenHost(action, changed)
    const path = rewrittenPath(route, action, changed.path)
    return {
      kind: 'forward',
      speaksHttp: true,
      probability: share,
      hop,
      cluster: name,
      message: { ...changed, path, authority: host === undefined || host === 'auto' ? changed.authority : host },
      autoHost: host === 'auto',
      metadataMatch: entry?.metadataMatch ?? action.metadataMatch,
    }
  })
}

/** What a route does. Retries may be the virtual host's. */
export function routeTaken(route: Route, index: number, virtualHost?: VirtualHost): RouteTaken {
  const taken: RouteTaken = { name: route.name || undefined, index, match: describeMatch(route.match), clusters: [], mirrors: [] }
  if (route.action?.$case !== 'route') return taken
  const action = route.action.route
  const {
    retryPolicy: retry = virtualHost?.retryPolicy,
    prefixRewrite,
    regexRewrite,
    hostRewriteSpecifier: host,
    requestMirrorPolicies = [],
  } = action
  const path = prefixRewrite || (regexRewrite && `${regexRewrite.pattern?.regex} -> ${regexRewrite.substitution}`)
  return {
    ...taken,
    clusters: clustersOf(action).map(({ name, share }) => ({ name, share })),
    timeoutSeconds: secondsOf(action.timeout),
    idleTimeoutSeconds: secondsOf(action.idleTimeout),
    maxStreamDurationSeconds: secondsOf(action.maxStreamDuration?.maxStreamDuration),
    ...(retry && {
      retry: { on: retry.retryOn ?? '', retries: retry.numRetries ?? 1, perTryTimeoutSeconds: secondsOf(retry.perTryTimeout) },
    }),
    ...((path || host) && { rewrite: { ...(path && { path }), ...(host && { host: hostRewriteText(host) }) } }),
    mirrors: requestMirrorPolicies.map(({ cluster = '', runtimeFraction }) => ({
      cluster,
      share: runtimeFraction ? shareOf(runtimeFraction.defaultValue) : 1,
    })),
  }
}

function hostRewriteText(specifier: NonNullable<RouteAction['hostRewriteSpecifier']>): string {
  switch (specifier.$case) {
    case 'hostRewriteLiteral':
      return specifier.hostRewriteLiteral
    case 'hostRewritePathRegex':
      return `${specifier.hostRewritePathRegex.pattern?.regex} -> ${specifier.hostRewritePathRegex.substitution}`
    case 'autoHostRewrite':
      return 'the endpoint’s host name'
    default:
      return specifier.$case
  }
}
