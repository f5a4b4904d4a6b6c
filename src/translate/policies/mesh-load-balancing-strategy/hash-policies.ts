import type { Route, RouteAction_HashPolicy } from '../../../gen/envoy/config/route/v3/route_components.js'
import { duration } from '../../envoy/duration.js'
import type { HashPolicy, LoadBalancingConf } from './schema.js'

/** By what requests are told apart, where the load balancer is one that hashes. Older policies say it within the load balancer. */
export function hashPoliciesOf({ hashPolicies, loadBalancer }: LoadBalancingConf): readonly HashPolicy[] {
  if (hashPolicies) return hashPolicies
  if (loadBalancer?.type === 'RingHash') return loadBalancer.ringHash?.hashPolicies ?? []
  if (loadBalancer?.type === 'Maglev') return loadBalancer.maglev?.hashPolicies ?? []
  return []
}

export function addHashPolicies({ action }: Route, conf: LoadBalancingConf): void {
  const policies = hashPoliciesOf(conf)
  if (policies.length === 0 || action?.$case !== 'route') return
  action.route.hashPolicy = [...(action.route.hashPolicy ?? []), ...policies.map(hashPolicy)]
}

function hashPolicy(conf: HashPolicy): RouteAction_HashPolicy {
  return { policySpecifier: specifier(conf), terminal: conf.terminal || undefined }
}

/** The deprecated type SourceIP gives a policy that says nothing, as in Kuma; Envoy refuses it. Connection is what to write instead. */
function specifier({
  type,
  header,
  cookie,
  connection,
  queryParameter,
  filterState,
}: HashPolicy): RouteAction_HashPolicy['policySpecifier'] {
  if (type === 'Header' && header) return { $case: 'header', header: { headerName: header.name } }
  if (type === 'Cookie' && cookie) {
    const { name, path, ttl } = cookie
    return { $case: 'cookie', cookie: { name, path: path || undefined, ttl: ttl === undefined ? undefined : duration(ttl) } }
  }
  if (type === 'Connection' && connection) {
    return { $case: 'connectionProperties', connectionProperties: { sourceIp: connection.sourceIP || undefined } }
  }
  if (type === 'QueryParameter' && queryParameter) return { $case: 'queryParameter', queryParameter }
  if (type === 'FilterState' && filterState) return { $case: 'filterState', filterState }
  return undefined
}
