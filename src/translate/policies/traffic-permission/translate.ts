import type { Resource } from '../../../core/resource.js'
import { type Principal, RBAC_Action } from '../../../gen/envoy/config/rbac/v3/rbac.js'
import { RBAC } from '../../../gen/envoy/extensions/filters/network/rbac/v3/rbac.js'
import type { InboundDraft } from '../../draft.js'
import { networkFilter } from '../../envoy/listener.js'
import { exactly } from '../../envoy/tls.js'
import { spiffeId, statName } from '../../names.js'
import { prometheusConf } from '../../prometheus.js'
import type { ProxyContext } from '../../proxy.js'
import { inboundPolicy } from '../../source-destination.js'
import { type Tags, tag } from '../../tags.js'
import type { TrafficPermissionSpec } from './schema.js'

export interface MatchedPermissions {
  permissionOf(tags: Tags): Resource<TrafficPermissionSpec> | undefined
}

/**
 * Without mTLS nobody can be told from anybody: permissions mean nothing then. Where none concerns any inbound of the
 * proxy (the one of its metrics included), MeshTrafficPermission alone guards it.
 */
export function match(proxy: ProxyContext): MatchedPermissions | undefined {
  const { mesh, inbounds } = proxy
  if (!mesh.mtls) return undefined
  const permissions = mesh.resourcesOf<TrafficPermissionSpec>('TrafficPermission')
  const permissionOf = (tags: Tags) => inboundPolicy(permissions, tags)
  const guarded = [...inbounds.map((inbound) => inbound.tags), prometheusConf(proxy)?.tags ?? {}]
  return guarded.some(permissionOf) ? { permissionOf } : undefined
}

/** Guards the front of the chain that demands mesh certificates: who the permission doesn't name stays out. */
export function inbound({ permissionOf }: MatchedPermissions, { inbound, listener }: InboundDraft): void {
  for (const chain of listener.chains) {
    if (chain.trust === 'mesh') chain.filters.unshift(rbacFilter(listener.name, permissionOf(inbound.tags)))
  }
}

/** The network filter that lets the sources of a permission in, and nobody else; without a permission, nobody at all. */
export function rbacFilter(statsName: string, permission: Resource<TrafficPermissionSpec> | undefined) {
  // Envoy appends the statistic's name without a separator of its own.
  const statPrefix = `${statName(statsName)}.`
  if (!permission) return networkFilter('envoy.filters.network.rbac', RBAC, { statPrefix, rules: {} })
  const principals = (permission.spec.sources ?? []).map(({ match = {} }) => principal(match, permission.mesh ?? ''))
  const policy = { permissions: [{ rule: { $case: 'any' as const, any: true } }], principals }
  return networkFilter('envoy.filters.network.rbac', RBAC, {
    statPrefix,
    rules: { action: RBAC_Action.ALLOW, policies: { [permission.name]: policy } },
  })
}

/** All tags of a selector have to be on the caller's certificate: the service as SPIFFE identity, others as `kuma://tag/value`. */
function principal(selector: Tags, mesh: string): Principal {
  const ids = Object.entries(selector)
    .filter(([key, value]) => key !== tag.service && value !== '*')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => authenticated(`kuma://${key}/${value}`))
  const service = selector[tag.service]
  if (service && service !== '*') ids.push(authenticated(spiffeId(mesh, service)))
  const [first] = ids
  if (!first) return { identifier: { $case: 'any', any: true } }
  return ids.length === 1 ? first : { identifier: { $case: 'andIds', andIds: { ids } } }
}

function authenticated(uri: string): Principal {
  return { identifier: { $case: 'authenticated', authenticated: { principalName: exactly(uri) } } }
}
