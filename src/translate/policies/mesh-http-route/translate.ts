import type { Resource } from '../../../core/resource.js'
import type { Route, RouteAction } from '../../../gen/envoy/config/route/v3/route_components.js'
import { type Backend, resolveBackend } from '../../backend-refs.js'
import { seconds } from '../../envoy/duration.js'
import { catchAllMatches, catchAllRoute, ownDestination, routeName } from '../../outbound.js'
import type { Destination, Outbound, ProxyContext } from '../../proxy.js'
import { isHttp } from '../../protocol.js'
import { withSection } from '../../services.js'
import type { HttpRouting } from '../policy.js'
import { type HttpFilterConf, type HttpMatch, type HttpRouteRule, canonicalMatches } from './conf.js'
import { applyFilter } from './filters.js'
import { routeMatches } from './matches.js'
import type { MatchedHttpRoutes, RouteOrigin } from './match.js'
import { compareMatches } from './precedence.js'

interface Candidate {
  readonly name: string
  readonly match: HttpMatch
  readonly filters: readonly HttpFilterConf[]
  readonly backends: readonly Backend[]
  readonly from: Resource
}

/** The routes of an outbound, in the order in which a request meets them; last the one that takes everything else. */
export function httpRoutes(matched: MatchedHttpRoutes, outbound: Outbound, proxy: ProxyContext): HttpRouting | undefined {
  const conf = matched.routesOf(outbound)
  if (!isHttp(outbound.protocol) && !conf) return undefined
  const own = ownDestination(outbound, proxy.unifiedNaming)
  const destinations: Destination[] = []
  const routes: Route[] = []
  const candidates = (conf?.rules ?? [])
    .flatMap((rule) => candidatesOf(rule, conf?.originOf(rule), outbound, proxy))
    .sort((a, b) => compareMatches(a.match, b.match))
  for (const candidate of candidates) {
    // A rule that names backends of which none is an HTTP service leads nowhere: it is left out, not sent elsewhere.
    const backends = candidate.backends.filter(({ protocol }) => isHttp(protocol))
    if (backends.length === 0) continue
    destinations.push(...backends.map(({ destination }) => destination))
    routes.push(...routesOf(candidate, backends, destinations, proxy))
  }
  if (!candidates.some(({ match }) => canonicalMatches([match]) === catchAllMatches)) {
    if (!isHttp(outbound.protocol)) return { routes, destinations }
    destinations.push(own)
    routes.push(catchAllRoute(own))
  }
  return { routes, destinations }
}

function candidatesOf(rule: HttpRouteRule, origin: RouteOrigin | undefined, outbound: Outbound, proxy: ProxyContext): Candidate[] {
  const { filters = [], backendRefs = [] } = rule.default
  const from = origin?.policy ?? proxy.dataplane
  const resolved = backendRefs.flatMap((ref) => resolveBackend(ref, from, proxy) ?? [])
  const own: Backend = { destination: ownDestination(outbound, proxy.unifiedNaming), protocol: outbound.protocol, weight: 100 }
  const backends = backendRefs.length === 0 ? [own] : resolved
  return rule.matches.map((match) => ({ name: nameOf(rule, origin, outbound, proxy), match, filters, backends, from }))
}

/** Routes to real services are named after the policy, others by the hash of the rule's matches. */
function nameOf(rule: HttpRouteRule, origin: RouteOrigin | undefined, outbound: Outbound, proxy: ProxyContext): string {
  if (!outbound.resource || !origin) return routeName(canonicalMatches(rule.matches))
  return proxy.unifiedNaming ? withSection(origin.kri, `rule_${origin.ruleIndex}`) : origin.kri
}

function routesOf(candidate: Candidate, backends: readonly Backend[], destinations: Destination[], proxy: ProxyContext): Route[] {
  const prefix = candidate.match.path?.type === 'PathPrefix'
  const mirrorCluster = ({ requestMirror }: HttpFilterConf): string | undefined => {
    const backend = requestMirror && resolveBackend(requestMirror.backendRef, candidate.from, proxy)
    if (!backend || !isHttp(backend.protocol)) return undefined
    destinations.push(backend.destination)
    return backend.destination.name
  }
  return routeMatches(candidate.match).map((match) => {
    const route: Route = { name: candidate.name, match, action: { $case: 'route', route: routeAction(backends) } }
    for (const filter of candidate.filters) applyFilter(route, filter, { prefix, mirrorCluster })
    return route
  })
}

function routeAction(backends: readonly Backend[]): RouteAction {
  const [first] = backends
  return {
    timeout: seconds(0),
    clusterSpecifier:
      backends.length === 1 && first
        ? { $case: 'cluster', cluster: first.destination.name }
        : {
            $case: 'weightedClusters',
            weightedClusters: { clusters: backends.map(({ destination, weight }) => ({ name: destination.name, weight })) },
          },
    hostRewriteSpecifier: backends.some(({ destination }) => destination.external)
      ? { $case: 'autoHostRewrite', autoHostRewrite: true }
      : undefined,
  }
}
