import type { Violation } from '../../../core/kind.js'
import { type TargetRef, type TargetRefRules, checkTargetRef } from '../../../core/target-ref.js'
import { checkAtLeast, checkGreaterThanIfSet, checkPercentage } from '../../../core/validate/numbers.js'
import { type Place, collect } from '../../../core/validate/violations.js'
import type {
  CrossZone,
  Failover,
  HashPolicy,
  LoadBalancer,
  LoadBalancingConf,
  LocalZone,
  MeshLoadBalancingStrategySpec,
} from './schema.js'

const empty = 'must not be empty'

/** The rules of a MeshLoadBalancingStrategy that its shape can't say. */
export function validateLoadBalancingStrategy({ targetRef, to = [] }: MeshLoadBalancingStrategySpec): Violation[] {
  const root = collect('spec')
  checkTargetRef(root.field('targetRef'), targetRef, {
    kinds: ['Mesh', 'MeshSubset', 'MeshGateway', 'MeshService', 'MeshServiceSubset', 'Dataplane'],
    gatewayTags: true,
  })
  const topLevel = targetRef?.kind ?? 'Mesh'
  for (const [i, entry] of to.entries()) {
    const at = root.field('to').index(i)
    checkTargetRef(at.field('targetRef'), entry.targetRef, destinations(topLevel, entry.default))
    if (entry.targetRef.kind === 'MeshExternalService' && topLevel !== 'Mesh') {
      at.field('targetRef.kind').add(
        'kind MeshExternalService is only allowed with targetRef.kind: Mesh as it is configured on the Zone Egress and shared by all clients in the mesh',
      )
    }
    checkConf(at.field('default'), entry.default, entry.targetRef)
  }
  return root.violations
}

function destinations(topLevel: TargetRef['kind'], { loadBalancer }: LoadBalancingConf = {}): TargetRefRules {
  if (topLevel !== 'MeshGateway') return { kinds: ['Mesh', 'MeshService', 'MeshMultiZoneService', 'MeshHTTPRoute'] }
  if (!loadBalancer) return { kinds: ['Mesh', 'MeshService', 'MeshMultiZoneService'] }
  return { kinds: ['Mesh'], kindsFault: `value '${topLevel}' is not supported, only Mesh is allowed if loadBalancer is set` }
}

function checkConf(at: Place, { hashPolicies, loadBalancer, localityAwareness }: LoadBalancingConf = {}, to: TargetRef): void {
  if (to.kind === 'MeshHTTPRoute') {
    checkHashPolicies(at.field('hashPolicies'), hashPolicies)
    const fault = 'field is not allowed when targetRef.kind is MeshHTTPRoute, only hashPolicies is supported'
    if (loadBalancer) at.field('loadBalancer').add(fault)
    if (localityAwareness) at.field('localityAwareness').add(fault)
    return
  }
  if (loadBalancer) checkLoadBalancer(at.field('loadBalancer'), loadBalancer)
  if (localityAwareness?.localZone) checkLocalZone(at.field('localityAwareness.localZone'), localityAwareness.localZone)
  if (localityAwareness?.crossZone) checkCrossZone(at.field('localityAwareness.crossZone'), localityAwareness.crossZone, to)
  checkHashPolicies(at.field('hashPolicies'), hashPolicies)
  for (const name of ['ringHash', 'maglev'] as const) {
    if (hashPolicies && loadBalancer?.[name]?.hashPolicies) {
      at.field('loadBalancer').field(name).field('hashPolicies').add('hashPolicies already specified in the root level')
    }
  }
}

function checkLocalZone(at: Place, { affinityTags = [] }: LocalZone): void {
  const tags = at.field('affinityTags')
  for (const [i, { key, weight }] of affinityTags.entries()) {
    if (key === '') tags.index(i).field('key').add(empty)
    checkGreaterThanIfSet(tags.index(i).field('weight'), weight, 0)
  }
  const weighted = affinityTags.filter(({ weight }) => weight !== undefined).length
  if (weighted > 0 && weighted !== affinityTags.length) tags.add('all or none affinity tags should have weight')
}

function checkCrossZone(at: Place, { failover = [], failoverThreshold }: CrossZone, to: TargetRef): void {
  if (to.kind === 'MeshService' && (to.sectionName || Object.keys(to.labels ?? {}).length > 0)) {
    at.add('must not be set: MeshService traffic is local')
  }
  for (const [i, rule] of failover.entries()) checkFailover(at.field('failover').index(i), rule)
  if (failoverThreshold) checkPercentage(at.field('failoverThreshold.percentage'), failoverThreshold.percentage, { zero: false })
}

function checkFailover(at: Place, { from, to }: Failover): void {
  const zones = at.field('from.zones')
  if (from?.zones.length === 0) zones.add(empty)
  for (const [i, zone] of (from?.zones ?? []).entries()) if (zone === '') zones.index(i).add(empty)
  const named = (to.zones?.length ?? 0) > 0
  const needed = to.type === 'Only' || to.type === 'AnyExcept'
  if (named && !needed) at.field('to.zones').add(`must be empty when type is ${to.type}`)
  if (!named && needed) at.field('to.zones').add(`must not be empty when type is ${to.type}`)
}

/** Only what the type is about is looked at. */
function checkLoadBalancer(at: Place, { type, ringHash, maglev, leastRequest }: LoadBalancer): void {
  if (type === 'RingHash') checkHashPolicies(at.field('ringHash.hashPolicies'), ringHash?.hashPolicies)
  if (type === 'Maglev') checkHashPolicies(at.field('maglev.hashPolicies'), maglev?.hashPolicies)
  if (type === 'LeastRequest') checkAtLeast(at.field('leastRequest.activeRequestBias'), leastRequest?.activeRequestBias, 0)
}

/** The field that each type of hash policy is made of. */
const parts = {
  Header: 'header',
  Cookie: 'cookie',
  QueryParameter: 'queryParameter',
  FilterState: 'filterState',
  Connection: 'connection',
  SourceIP: 'connection',
} as const

function checkHashPolicies(at: Place, policies: readonly HashPolicy[] = []): void {
  for (const [i, policy] of policies.entries()) {
    const part = parts[policy.type]
    if (!policy[part]) at.index(i).field(part).add('must be defined')
    else if (policy.type === 'Cookie' && policy.cookie?.path !== undefined && !policy.cookie.path.startsWith('/')) {
      at.index(i).field('cookie.path').add('must be an absolute path')
    }
  }
}
