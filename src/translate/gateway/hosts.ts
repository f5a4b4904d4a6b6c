import type { MeshGatewayRouteSpec } from '../../core/kinds/mesh-gateway-route.js'
import type { Resource } from '../../core/resource.js'
import { matchesTags, type Tags } from '../tags.js'
import { routeEntries } from './gateway-routes.js'
import { compareExactness, overlap } from './hostnames.js'
import { type GatewayListener, type GatewaySite, speaksHttp, splitsByServerName, wildcard } from './listener.js'
import type { GatewayHost, GatewayHostGroup } from './route-table.js'

type RouteResource = Resource<MeshGatewayRouteSpec>

interface RoutedHost {
  readonly hostname: string
  readonly tags: Tags
  readonly routes: readonly RouteResource[]
}

/** The hosts of a listener with the route tables that the mesh's MeshGatewayRoutes give them. */
export function hostGroups(listener: GatewayListener, routes: readonly RouteResource[]): GatewayHostGroup[] {
  const fitting = routes.filter(({ spec }) => Boolean(speaksHttp(listener) ? spec.conf?.http : spec.conf?.tcp))
  const groups = new Map<string, { readonly tls: GatewaySite['tls']; readonly hosts: RoutedHost[] }>()
  for (const { hostname, tags, tls } of listener.sites) {
    const key = splitsByServerName(listener) ? hostname : wildcard
    const host = { hostname, tags, routes: fitting.filter((route) => selects(route, tags)) }
    const group = groups.get(key)
    if (group) group.hosts.push(host)
    else groups.set(key, { tls, hosts: [host] })
  }
  return [...groups]
    .sort(([a], [b]) => compareExactness(a, b))
    .map(([hostname, { tls, hosts }]) => ({
      hostname,
      tls,
      // Names from Z to A: `*` sorts before all letters, so it ends up last.
      hosts: redistribute(hosts)
        .sort((a, b) => (a.hostname > b.hostname ? -1 : 1))
        .map(tableOf),
    }))
}

function selects({ spec }: RouteResource, tags: Tags): boolean {
  return (spec.selectors ?? []).some(({ match = {} }) => matchesTags(match, tags))
}

const hostnamesOf = ({ spec }: RouteResource): readonly string[] => spec.conf?.http?.hostnames ?? []

/**
 * Routes of the wildcard host that name hosts move there; a host that isn't there yet comes into being. A route that names
 * a wildcard domain goes to the hosts below it that are there by then, too.
 */
function redistribute(hosts: readonly RoutedHost[]): RoutedHost[] {
  const wild = hosts.find(({ hostname }) => hostname === wildcard)
  if (!wild) return [...hosts]
  const byName = new Map(hosts.map((host) => [host.hostname, host]))
  const give = (hostname: string, route: RouteResource) => {
    const host = byName.get(hostname) ?? { ...wild, hostname, routes: [] }
    byName.set(hostname, { ...host, routes: [...host.routes.filter((known) => known !== route), route] })
  }
  const remaining = wild.routes.filter((route) => hostnamesOf(route).length === 0)
  byName.set(wildcard, { ...wild, routes: remaining })
  for (const route of wild.routes) {
    for (const name of hostnamesOf(route)) {
      give(name, route)
      if (!name.startsWith('*.')) continue
      for (const known of [...byName.keys()]) if (known.endsWith(name.slice(2))) give(known, route)
    }
  }
  return [...byName.values()]
}

function tableOf({ hostname, tags, routes }: RoutedHost): GatewayHost {
  const applicable = routes.filter((route) => {
    const names = hostnamesOf(route)
    return hostname === wildcard || names.length === 0 || names.some((name) => overlap(name, hostname))
  })
  return { hostname, tags, entries: applicable.flatMap(({ spec }) => routeEntries(spec)) }
}
