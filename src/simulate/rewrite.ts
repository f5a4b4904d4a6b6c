import {
  RedirectAction_RedirectResponseCode,
  type RedirectAction,
  type Route,
  type RouteAction,
} from '../gen/envoy/config/route/v3/route_components.js'
import { replaceAll } from './regex.js'
import { type HttpMessage, headerValues, pathOnly } from './request.js'
import { matchedPrefix } from './route-match.js'
import { Unevaluated } from './unevaluated.js'

interface PathChange {
  readonly prefixRewrite?: string
  readonly regexRewrite?: RouteAction['regexRewrite']
}

/** The path as a route rewrites it. The query stays. */
export function rewrittenPath({ match }: Route, { prefixRewrite, regexRewrite }: PathChange, path: string): string {
  const before = pathOnly(path)
  const query = path.slice(before.length)
  if (prefixRewrite) {
    const prefix = matchedPrefix(match, before) ?? ''
    return prefixRewrite + before.slice(prefix.length) + query
  }
  if (!regexRewrite) return path
  return replaceAll(regexRewrite.pattern?.regex ?? '', before, regexRewrite.substitution ?? '') + query
}

/** The authority as a route rewrites it; `auto`: the name of the endpoint that is chosen, where it has one. */
export function rewrittenHost({ hostRewriteSpecifier: specifier }: RouteAction, message: HttpMessage): string | 'auto' | undefined {
  switch (specifier?.$case) {
    case undefined:
      return undefined
    case 'hostRewriteLiteral':
      return specifier.hostRewriteLiteral || undefined
    case 'autoHostRewrite':
      return specifier.autoHostRewrite ? 'auto' : undefined
    case 'hostRewriteHeader':
      return headerValues(message, specifier.hostRewriteHeader)?.[0]
    case 'hostRewritePathRegex': {
      const { pattern, substitution = '' } = specifier.hostRewritePathRegex
      return replaceAll(pattern?.regex ?? '', pathOnly(message.path), substitution)
    }
    default:
      throw new Unevaluated(`the host rewrite ${specifier?.$case}`)
  }
}

export interface Redirection {
  readonly status: number
  readonly location: string
}

const statusCodes: Readonly<Record<number, number>> = {
  [RedirectAction_RedirectResponseCode.MOVED_PERMANENTLY]: 301,
  [RedirectAction_RedirectResponseCode.FOUND]: 302,
  [RedirectAction_RedirectResponseCode.SEE_OTHER]: 303,
  [RedirectAction_RedirectResponseCode.TEMPORARY_REDIRECT]: 307,
  [RedirectAction_RedirectResponseCode.PERMANENT_REDIRECT]: 308,
}

/** Where a redirect sends the caller. */
export function redirection(route: Route, action: RedirectAction, message: HttpMessage): Redirection {
  const {
    schemeRewriteSpecifier: newScheme,
    hostRedirect,
    portRedirect,
    pathRewriteSpecifier: specifier,
    stripQuery,
    responseCode,
  } = action
  const scheme =
    newScheme?.$case === 'schemeRedirect' ? newScheme.schemeRedirect || message.scheme : newScheme?.httpsRedirect ? 'https' : message.scheme
  const port = portRedirect ? `:${portRedirect}` : ''
  const host = hostRedirect || hostToKeep(message, scheme, port)
  return { status: statusCodes[responseCode ?? 0] ?? 301, location: `${scheme}://${host}${port}${path()}` }

  function path(): string {
    const original = stripQuery ? pathOnly(message.path) : message.path
    switch (specifier?.$case) {
      case 'pathRedirect': {
        const query = original.slice(pathOnly(original).length)
        return specifier.pathRedirect.includes('?') ? specifier.pathRedirect : specifier.pathRedirect + query
      }
      case 'prefixRewrite':
        return rewrittenPath(route, { prefixRewrite: specifier.prefixRewrite }, original)
      case 'regexRewrite':
        return rewrittenPath(route, { regexRewrite: specifier.regexRewrite }, original)
      default:
        return original
    }
  }
}

/** The request's own host; without its port where another takes its place, or where it was the scheme's. */
function hostToKeep({ authority, scheme: from }: HttpMessage, to: string, port: string): string {
  const own = /:\d+$/.exec(authority)?.[0]
  if (!own) return authority
  const ofScheme = to !== from && ((from === 'https' && own === ':443') || (from === 'http' && own === ':80'))
  return port !== '' || ofScheme ? authority.slice(0, -own.length) : authority
}
