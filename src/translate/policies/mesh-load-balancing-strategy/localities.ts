import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { numberOf } from '../../../core/validate/numbers.js'
import type { ClusterLoadAssignment } from '../../../gen/envoy/config/endpoint/v3/endpoint.js'
import type { LbEndpoint } from '../../../gen/envoy/config/endpoint/v3/endpoint_components.js'
import { base64 } from '../../base64.js'
import { type Endpoint, type Locality, loadAssignment } from '../../endpoints.js'
import { type Tags, tag } from '../../tags.js'
import type { CrossZone, Failover, LoadBalancingConf, LocalZone } from './schema.js'

/** Who looks at the endpoints. */
export interface Viewpoint {
  readonly zone: string
  /** Values of each tag of the proxy, sorted. */
  readonly tags: ReadonlyMap<string, readonly string[]>
  readonly labels: Tags
  /** Whether other zones are behind an egress, which chooses among them. */
  readonly hidesZones: boolean
}

/** Spreads the endpoints of a cluster over localities: what is near comes first, each zone in its turn. */
export function spread(assignment: ClusterLoadAssignment, { localityAwareness }: LoadBalancingConf, from: Viewpoint): void {
  const { disabled = false, localZone, crossZone } = localityAwareness ?? {}
  if (localZone || crossZone) {
    const endpoints = relocated(assignment, localZone, crossZone, from)
    assignment.endpoints = loadAssignment(assignment.clusterName ?? '', endpoints).endpoints
    assignment.policy = { ...assignment.policy, overprovisioningFactor: overprovisioningFactor(crossZone) }
    return
  }
  for (const group of assignment.endpoints ?? []) {
    if (group.locality && group.locality.zone !== from.zone) group.priority = disabled ? 0 : 1
  }
}

/** Percent. Envoy turns to the next priority when less than 100 / factor of the endpoints are healthy; Kuma rounds down. */
function overprovisioningFactor(crossZone: CrossZone | undefined): number {
  const threshold = numberOf(crossZone?.failoverThreshold?.percentage ?? 0)
  return threshold ? Math.trunc(100 / threshold) * 100 : 200
}

function relocated(
  assignment: ClusterLoadAssignment,
  localZone: LocalZone | undefined,
  crossZone: CrossZone | undefined,
  from: Viewpoint,
): Endpoint[] {
  const affinities = affinitiesOf(localZone, from)
  const rules = failoverRules(crossZone, from.zone)
  const place = ({ tags, labels }: Endpoint): Locality | undefined => {
    const zone = tags[tag.zone] ?? ''
    if (zone === from.zone) return nearby(affinities, tags, labels, zone)
    return from.hidesZones ? behindEgress(rules) : abroad(rules, zone)
  }
  return (assignment.endpoints ?? [])
    .flatMap(({ lbEndpoints = [] }) => lbEndpoints.map(endpointOf))
    .flatMap((endpoint) => {
      const locality = place(endpoint)
      return locality ? [{ ...endpoint, labels: affinityLabels(endpoint.labels, localZone), locality }] : []
    })
}

function endpointOf({ hostIdentifier, metadata, loadBalancingWeight }: LbEndpoint): Endpoint {
  const address = hostIdentifier?.$case === 'endpoint' ? hostIdentifier.endpoint.address?.address : undefined
  const socket = address?.$case === 'socketAddress' ? address.socketAddress : undefined
  return {
    address: socket?.address ?? '',
    port: socket?.portSpecifier?.$case === 'portValue' ? socket.portSpecifier.portValue : 0,
    tags: (metadata?.filterMetadata?.['envoy.lb'] ?? {}) as Tags,
    labels: (metadata?.filterMetadata?.['io.kuma.labels'] ?? {}) as Tags,
    weight: loadBalancingWeight ?? 0,
  }
}

/** Labels stay only where the choice depends on them. */
function affinityLabels(labels: Tags, localZone: LocalZone | undefined): Tags {
  const keys = new Set(localZone?.affinityTags?.map(({ key }) => key))
  return Object.fromEntries(Object.entries(labels).filter(([key]) => keys.has(key)))
}

interface Affinity {
  readonly key: string
  readonly value: string
  readonly weight: number
}

/** What of the proxy itself its preferred endpoints share. Weights that nobody gave leave a tenth to the next tag each time. */
function affinitiesOf({ affinityTags = [] }: LocalZone = {}, { tags, labels }: Viewpoint): Affinity[] {
  return affinityTags.flatMap(({ key, weight }, i) => {
    const value = tags.get(key)?.[0] ?? labels[key]
    return value === undefined ? [] : [{ key, value, weight: weight ?? 9 * 10 ** (affinityTags.length - i - 1) }]
  })
}

function nearby(affinities: readonly Affinity[], tags: Tags, labels: Tags, zone: string): Locality {
  const shared = affinities.find(({ key, value }) => (tags[key] ?? labels[key]) === value)
  if (!shared) return { zone, priority: 0, weight: 1 }
  return { zone, subZone: `${shared.key}=${shared.value}`, priority: 0, weight: shared.weight }
}

interface FailoverRule {
  readonly type: Failover['to']['type']
  readonly zones: ReadonlySet<string>
  readonly priority: number
}

/** The rules that hold in a zone. Their place in the whole list is their priority, after 0 for the zone itself. */
function failoverRules({ failover = [] }: CrossZone = {}, zone: string): FailoverRule[] {
  return failover.flatMap(({ from, to }, i) =>
    from && !from.zones.includes(zone) ? [] : [{ type: to.type, zones: new Set(to.zones), priority: i + 1 }],
  )
}

/** Where an endpoint of another zone stands; `undefined`: no rule leads there. */
function abroad(rules: readonly FailoverRule[], zone: string): Locality | undefined {
  const rule = rules.find(
    ({ type, zones }) => type === 'Any' || (type === 'AnyExcept' && !zones.has(zone)) || (type === 'Only' && zones.has(zone)),
  )
  return rule && { zone, priority: rule.priority }
}

/** An egress is one place for all zones behind it. Its name tells strategies apart, so that Envoy doesn't mix them up. */
function behindEgress(rules: readonly FailoverRule[]): Locality {
  const text = rules
    .filter(({ type }) => type !== 'None')
    .map(({ type, zones, priority }) => {
      const names = [...zones].sort().join(',')
      if (type === 'Only') return `${priority}:${names};`
      return type === 'Any' ? `${priority}:${type};` : `${priority}:${type}:${names};`
    })
    .join('')
  return { zone: `egress_${base64(sha256(utf8ToBytes(text))).slice(0, 8)}`, priority: 1 }
}
