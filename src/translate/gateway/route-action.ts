import {
  RedirectAction_RedirectResponseCode as RedirectCode,
  RouteAction_ClusterNotFoundResponseCode,
  type RedirectAction,
  type RouteAction,
  type WeightedCluster_ClusterWeight,
} from '../../gen/envoy/config/route/v3/route_components.js'
import type { RegexMatchAndSubstitute } from '../../gen/envoy/type/matcher/v3/regex.js'
import { seconds } from '../envoy/duration.js'
import { fractionalPercent } from '../envoy/percent.js'
import { header } from '../tags.js'
import type { PathRewrite, Redirection, RouteEntry } from './route-table.js'

/** Kuma's default for gateways. */
const streamIdleSeconds = 5

/** A destination of a route, with what the builder found out about it. */
export interface RouteTarget {
  /** Name of the cluster. */
  readonly cluster: string
  readonly weight: number
  /** The gateway's tags, for services of the mesh. */
  readonly tagsHeader?: string
}

export function forwardAction(entry: RouteEntry, targets: readonly RouteTarget[], mirror: string | undefined): RouteAction {
  const action: RouteAction = {
    clusterNotFoundResponseCode: RouteAction_ClusterNotFoundResponseCode.INTERNAL_SERVER_ERROR,
    idleTimeout: seconds(streamIdleSeconds),
    clusterSpecifier: { $case: 'weightedClusters', weightedClusters: { clusters: clusterWeights(targets) } },
  }
  const { rewrite } = entry
  if (rewrite?.hostToBackendHostname) action.hostRewriteSpecifier = { $case: 'autoHostRewrite', autoHostRewrite: true }
  if (rewrite?.hostname) rewriteHost(action, rewrite.hostname)
  for (const { name, value } of entry.requestHeaders?.set ?? []) if (isHostHeader(name)) rewriteHost(action, value)
  if (rewrite?.replaceFull !== undefined) action.regexRewrite = wholePath(rewrite.replaceFull)
  if (rewrite?.replacePrefix !== undefined) action.prefixRewrite = rewrite.replacePrefix
  if (entry.mirror && entry.mirror.percentage > 0 && mirror !== undefined) {
    action.requestMirrorPolicies = [{ cluster: mirror, runtimeFraction: { defaultValue: fractionalPercent(entry.mirror.percentage) } }]
  }
  return action
}

/** One weight a cluster, by name; of several the last counts. A lone destination gets all, whatever its weight. */
function clusterWeights(targets: readonly RouteTarget[]): WeightedCluster_ClusterWeight[] {
  const byName = new Map(targets.map((target) => [target.cluster, target]))
  return [...byName.values()]
    .sort((a, b) => (a.cluster < b.cluster ? -1 : 1))
    .map(({ cluster, weight, tagsHeader }) => ({
      name: cluster,
      weight: targets.length === 1 ? weight || 1 : weight,
      requestHeadersToAdd: tagsHeader === undefined ? undefined : [{ header: { key: header.tags, value: tagsHeader } }],
    }))
}

export function isHostHeader(name: string): boolean {
  return name === ':authority' || name === 'Host' || name === 'host'
}

function rewriteHost(action: RouteAction, hostname: string): void {
  action.hostRewriteSpecifier = { $case: 'hostRewriteLiteral', hostRewriteLiteral: hostname }
}

function wholePath(replacement: string): RegexMatchAndSubstitute {
  return { pattern: { regex: '.*' }, substitution: replacement }
}

const redirectCodes: Readonly<Record<number, RedirectCode>> = {
  301: RedirectCode.MOVED_PERMANENTLY,
  302: RedirectCode.FOUND,
  303: RedirectCode.SEE_OTHER,
  307: RedirectCode.TEMPORARY_REDIRECT,
  308: RedirectCode.PERMANENT_REDIRECT,
}

/** Statuses that a redirect can have. */
export const redirectStatuses: readonly number[] = Object.keys(redirectCodes).map(Number)

/** @param listenerPort where the client goes unless the redirect says otherwise */
export function redirectAction({ status, scheme, hostname, port, path }: Redirection, listenerPort: number): RedirectAction {
  return {
    responseCode: redirectCodes[status],
    schemeRewriteSpecifier: scheme ? { $case: 'schemeRedirect', schemeRedirect: scheme } : undefined,
    hostRedirect: hostname || undefined,
    portRedirect: port || listenerPort,
    pathRewriteSpecifier: path && redirectedPath(path),
    stripQuery: true,
  }
}

function redirectedPath({ replaceFull, replacePrefix }: PathRewrite): RedirectAction['pathRewriteSpecifier'] {
  if (replacePrefix !== undefined) return { $case: 'prefixRewrite', prefixRewrite: replacePrefix }
  if (replaceFull !== undefined) return { $case: 'regexRewrite', regexRewrite: wholePath(replaceFull) }
  return undefined
}
