import type { Resource } from '../../../core/resource.js'
import { type Principal, RBAC_Action } from '../../../gen/envoy/config/rbac/v3/rbac.js'
import { RBAC } from '../../../gen/envoy/extensions/filters/network/rbac/v3/rbac.js'
import type { InboundDraft } from '../../draft.js'
import { networkFilter } from '../../envoy/listener.js'
import { exactly } from '../../envoy/tls.js'
import { spiffeId, statName } from '../../names.js'
import type { ProxyContext } from '../../proxy.js'
import { inboundPolicy } from '../../source-destination.js'
import { type Tags, tag } from '../../tags.js'
import type { TrafficPermissionSpec } from './schema.js'

type Permissions = readonly Resource<TrafficPermissionSpec>[]

/** Without mTLS nobody can be told from anybody: permissions mean nothing then. */
export function match({ mesh }: ProxyContext): Permissions | undefined {
  const permissions = mesh.resourcesOf<TrafficPermissionSpec>('TrafficPermission')
  return mesh.mtls && permissions.length > 0 ? permissions : undefined
}

/**
 * Lets the sources of the matched permission in, at the very front of the chain that demands mesh certificates. An
 * inbound that none matches is left to MeshTrafficPermission, which denies everybody.
 */
export function inbound(permissions: Permissions, { inbound, listener }: InboundDraft): void {
  const permission = inboundPolicy(permissions, inbound.tags)
  if (!permission) return
  for (const chain of listener.chains) {
    if (chain.trust === 'mesh') chain.filters.unshift(rbacFilter(listener.name, permission))
  }
}

/** The network filter that lets the sources of a permission in, and nobody else. */
export function rbacFilter(statsName: string, permission: Resource<TrafficPermissionSpec>) {
  const principals = (permission.spec.sources ?? []).map(({ match = {} }) => principal(match, permission.mesh ?? ''))
  return networkFilter('envoy.filters.network.rbac', RBAC, {
    // Envoy appends the statistic's name without a separator of its own.
    statPrefix: `${statName(statsName)}.`,
    rules: {
      action: RBAC_Action.ALLOW,
      policies: { [permission.name]: { permissions: [{ rule: { $case: 'any', any: true } }], principals } },
    },
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
