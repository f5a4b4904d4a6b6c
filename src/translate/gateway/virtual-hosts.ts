import { HeaderValueOption_HeaderAppendAction, type HeaderValueOption } from '../../gen/envoy/config/core/v3/base.js'
import type { RouteConfiguration } from '../../gen/envoy/config/route/v3/route.js'
import { VirtualHost_TlsRequirementType, type Route, type VirtualHost } from '../../gen/envoy/config/route/v3/route_components.js'
import { names } from '../names.js'
import type { ProxyContext } from '../proxy.js'
import { header, tagsHeader } from '../tags.js'
import type { BackendCluster, Backends } from './backends.js'
import type { GatewayRouteDraft } from './draft.js'
import { type GatewayListener, splitsByServerName, wildcard } from './listener.js'
import { routeMatch } from './request-match.js'
import { forwardAction, isHostHeader, redirectAction, redirectStatuses } from './route-action.js'
import type { GatewayHost, GatewayHostGroup, HeaderChanges, NamedValue, RouteEntry } from './route-table.js'
import { orderedEntries } from './specificity.js'

const noRoutes = 'This is a Kuma MeshGateway. No routes match this MeshGateway!\n'
const { OVERWRITE_IF_EXISTS_OR_ADD, APPEND_IF_EXISTS_OR_ADD } = HeaderValueOption_HeaderAppendAction

/** Name of the route configuration that a filter chain fetches. */
export function routeConfigurationName(listener: GatewayListener, { hostname }: GatewayHostGroup): string {
  return names.gatewayRoutes(listener.name, splitsByServerName(listener) ? hostname : wildcard)
}

/** The routes of a listener that speaks HTTP: the configurations by name, and their routes for policies to change. */
export function buildRoutes(
  listener: GatewayListener,
  groups: readonly GatewayHostGroup[],
  backends: Backends,
  proxy: ProxyContext,
): { configurations: Map<string, RouteConfiguration>; routes: GatewayRouteDraft[] } {
  const configurations = new Map<string, RouteConfiguration>()
  const routes: GatewayRouteDraft[] = []
  for (const group of groups) {
    const name = routeConfigurationName(listener, group)
    const virtualHosts = group.hosts.map((host) => {
      const drafts = routesOf(host, listener, backends, proxy)
      routes.push(...drafts)
      return virtualHost(host, drafts, listener)
    })
    const known = configurations.get(name)
    if (known) known.virtualHosts?.push(...virtualHosts)
    else
      configurations.set(name, {
        name,
        validateClusters: false,
        ignorePortInHostMatching: true,
        requestHeadersToRemove: [header.tags],
        virtualHosts,
      })
  }
  return { configurations, routes }
}

function virtualHost(
  { hostname }: GatewayHost,
  routes: readonly GatewayRouteDraft[],
  { protocol, crossMesh }: GatewayListener,
): VirtualHost {
  const host: VirtualHost = { name: hostname, domains: [hostname], routes: routes.map(({ message }) => message) }
  if (protocol === 'HTTPS' || crossMesh) {
    host.requireTls = VirtualHost_TlsRequirementType.ALL
    host.responseHeadersToAdd = [option('Strict-Transport-Security', 'max-age=31536000; includeSubDomains', OVERWRITE_IF_EXISTS_OR_ADD)]
  }
  return host
}

function routesOf(host: GatewayHost, listener: GatewayListener, backends: Backends, proxy: ProxyContext): GatewayRouteDraft[] {
  const drafts = orderedEntries(host.entries).flatMap((entry): GatewayRouteDraft[] => {
    const action = actionOf(entry, host, listener, backends, proxy)
    return action ? [{ message: envoyRoute(entry, action), host, entry }] : []
  })
  if (host.entries.length > 0) return drafts
  const message: Route = {
    match: { pathSpecifier: { $case: 'prefix', prefix: '/' } },
    action: {
      $case: 'directResponse',
      directResponse: { status: 404, body: { specifier: { $case: 'inlineString', inlineString: noRoutes } } },
    },
  }
  return [{ message, host }]
}

function actionOf(
  entry: RouteEntry,
  host: GatewayHost,
  listener: GatewayListener,
  backends: Backends,
  proxy: ProxyContext,
): Route['action'] {
  const { redirect, forward, mirror } = entry
  if (redirect && forward.length === 0) {
    if (redirectStatuses.includes(redirect.status)) return { $case: 'redirect', redirect: redirectAction(redirect, listener.port) }
    const message = `${redirect.status} is no status of a redirect: allowed are ${redirectStatuses.join(', ')}. The route is left out`
    proxy.report({ level: 'error', code: 'bad-redirect', path: 'redirect.status_code', message, resource: proxy.dataplane })
    return undefined
  }
  if (forward.length === 0) return undefined
  const tags = tagsHeader(proxy.tagSets)
  const target = ({ name, external }: BackendCluster, weight: number) => ({
    cluster: name,
    weight,
    tagsHeader: external ? undefined : tags,
  })
  const targets = forward.map((backend) => target(backends.clusterOf(backend, host), backend.weight))
  const mirrorCluster = mirror && backends.clusterOf(mirror.backend, host).name
  return { $case: 'route', route: forwardAction(entry, targets, mirrorCluster) }
}

function envoyRoute({ name, match, requestHeaders, responseHeaders }: RouteEntry, action: Route['action']): Route {
  const request = requestHeaders && { ...requestHeaders, set: requestHeaders.set?.filter((change) => !isHostHeader(change.name)) }
  return {
    name,
    match: routeMatch(match),
    action,
    requestHeadersToAdd: headersToAdd(request),
    requestHeadersToRemove: nonEmpty(requestHeaders?.remove),
    responseHeadersToAdd: headersToAdd(responseHeaders),
    responseHeadersToRemove: nonEmpty(responseHeaders?.remove),
  }
}

const nonEmpty = <T>(list: readonly T[] | undefined): T[] | undefined => (list && list.length > 0 ? [...list] : undefined)

function headersToAdd({ set = [], add = [] }: HeaderChanges = {}): HeaderValueOption[] | undefined {
  const options = (changes: readonly NamedValue[], action: HeaderValueOption_HeaderAppendAction) =>
    changes.map(({ name, value }) => option(canonicalName(name), value, action))
  return nonEmpty([...options(set, OVERWRITE_IF_EXISTS_OR_ADD), ...options(add, APPEND_IF_EXISTS_OR_ADD)])
}

function option(key: string, value: string, appendAction: HeaderValueOption_HeaderAppendAction): HeaderValueOption {
  return { header: { key, value }, appendAction }
}

/** `x-request-id` as `X-Request-Id`; names that no HTTP header can have stay as they are. */
function canonicalName(name: string): string {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return name
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())
}
