import type { Issue } from '../../core/issue.js'
import type { Resource } from '../../core/resource.js'
import { Cluster, Cluster_DiscoveryType } from '../../gen/envoy/config/cluster/v3/cluster.js'
import { Listener } from '../../gen/envoy/config/listener/v3/listener.js'
import { Filter } from '../../gen/envoy/config/listener/v3/listener_components.js'
import { VirtualHost } from '../../gen/envoy/config/route/v3/route_components.js'
import {
  HttpConnectionManager,
  HttpFilter,
} from '../../gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager.js'
import type { ProxyDraft } from '../draft.js'
import { pack, packedMessage } from '../envoy/any.js'
import type { ProxyContext } from '../proxy.js'
import { modifiedFilters } from './filters.js'
import { listenerMatches, resourceMatches } from './match.js'
import type { Modification } from './modification.js'
import { BadModification, type Patcher, createPatcher } from './patcher.js'

/**
 * Changes finished resources as users ask for it, one modification after the other. One that can't be made is reported and
 * left out; the others are made. Once all policies' are made, {@link dropStrayEndpoints} is due.
 */
export function applyModifications(draft: ProxyDraft, modifications: readonly Modification[], policy: Resource, proxy: ProxyContext): void {
  const report = (level: Issue['level']) => (issue: Pick<Issue, 'path' | 'message'>) =>
    proxy.report({ code: 'bad-modification', ...issue, level, resource: policy })
  const { rawCodec } = proxy
  if (modifications.length > 0 && !rawCodec) {
    report('error')({ path: modifications[0]?.path ?? '', message: 'raw Envoy configuration needs the translation option rawCodec' })
    return
  }
  for (const modification of modifications) {
    if (!rawCodec) continue
    try {
      apply(draft, modification, createPatcher(modification, rawCodec, report('warning')))
    } catch (error) {
      if (!(error instanceof BadModification)) throw error
      error.issues.forEach(report('error'))
    }
  }
}

function apply(draft: ProxyDraft, modification: Modification, patcher: Patcher): void {
  switch (modification.target) {
    case 'cluster':
      return modifyClusters(draft, modification, patcher)
    case 'listener':
      return modifyListeners(draft, modification, patcher)
    case 'networkFilter':
      return eachChain(draft, modification, (filters) => modifiedFilters(filters, modification, patcher, Filter))
    case 'httpFilter':
      return eachHcm(draft, modification, (hcm) => ({
        ...hcm,
        httpFilters: modifiedFilters(hcm.httpFilters ?? [], modification, patcher, HttpFilter),
      }))
    case 'virtualHost':
      return eachHcm(draft, modification, (hcm) => modifyVirtualHosts(hcm, modification, patcher))
  }
}

const originOf = ({ origin = 'proxy-template-modifications' }: Modification) => origin

function modifyClusters({ clusters }: ProxyDraft, modification: Modification, patcher: Patcher): void {
  if (modification.operation === 'add') {
    const message = patcher.value(Cluster)
    const name = message.name ?? ''
    clusters.set(name, { name, origin: originOf(modification), message, protocol: 'unknown' })
    return
  }
  const matching = [...clusters.values()].filter((cluster) => resourceMatches(modification.match, cluster))
  for (const cluster of matching) {
    if (modification.operation === 'remove') clusters.delete(cluster.name)
    else clusters.set(cluster.name, { ...cluster, message: patcher.message(Cluster, cluster.message) })
  }
}

function modifyListeners({ listeners }: ProxyDraft, modification: Modification, patcher: Patcher): void {
  if (modification.operation === 'add') {
    const message = patcher.value(Listener)
    const name = message.name ?? ''
    listeners.set(name, { name, origin: originOf(modification), message, chains: [] })
    return
  }
  const { name, ...match } = modification.match
  const matching = [...listeners.values()].filter((listener) => listenerMatches({ ...match, listenerName: name }, listener))
  for (const listener of matching) {
    if (modification.operation === 'remove') listeners.delete(listener.name)
    else listeners.set(listener.name, { ...listener, message: patcher.message(Listener, listener.message), chains: [] })
  }
}

/** Every filter chain of the listeners that a modification means. */
function eachChain({ listeners }: ProxyDraft, { match }: Modification, change: (filters: readonly Filter[]) => Filter[]): void {
  for (const listener of listeners.values()) {
    if (!listenerMatches(match, listener)) continue
    for (const chain of listener.message.filterChains ?? []) chain.filters = change(chain.filters ?? [])
  }
}

const hcmName = 'envoy.filters.network.http_connection_manager'

function eachHcm(draft: ProxyDraft, modification: Modification, change: (hcm: HttpConnectionManager) => HttpConnectionManager): void {
  eachChain(draft, modification, (filters) =>
    filters.map((filter) => {
      const config = filter.configType?.$case === 'typedConfig' ? filter.configType.typedConfig : undefined
      if (filter.name !== hcmName || !config) return filter
      const hcm = packedMessage(HttpConnectionManager, config) ?? HttpConnectionManager.decode(config.value ?? new Uint8Array())
      return { ...filter, configType: { $case: 'typedConfig', typedConfig: pack(HttpConnectionManager, change(hcm)) } }
    }),
  )
}

/** Only routes that stand in their connection manager are there to be changed. */
function modifyVirtualHosts(hcm: HttpConnectionManager, { operation, match }: Modification, patcher: Patcher): HttpConnectionManager {
  if (hcm.routeSpecifier?.$case !== 'routeConfig') return hcm
  const { routeConfig } = hcm.routeSpecifier
  if (match.routeConfigurationName !== undefined && match.routeConfigurationName !== (routeConfig.name ?? '')) return hcm
  const hosts = routeConfig.virtualHosts ?? []
  const matches = ({ name = '' }: VirtualHost) => match.name === undefined || match.name === name
  const change = () => {
    if (operation === 'add') return [...hosts, patcher.value(VirtualHost)]
    if (operation === 'remove') return hosts.filter((host) => !matches(host))
    return hosts.map((host) => (matches(host) ? patcher.message(VirtualHost, host) : host))
  }
  return { ...hcm, routeSpecifier: { $case: 'routeConfig', routeConfig: { ...routeConfig, virtualHosts: change() } } }
}

/** Endpoints whose cluster is gone or got endpoints of its own are nobody's. */
export function dropStrayEndpoints({ clusters, endpoints }: ProxyDraft): void {
  const fetched = new Set(
    [...clusters.values()]
      .filter(
        ({ message }) => message.clusterDiscoveryType?.$case === 'type' && message.clusterDiscoveryType.type === Cluster_DiscoveryType.EDS,
      )
      .map(({ name, message }) => message.edsClusterConfig?.serviceName || name),
  )
  for (const name of [...endpoints.keys()]) if (!fetched.has(name)) endpoints.delete(name)
}
