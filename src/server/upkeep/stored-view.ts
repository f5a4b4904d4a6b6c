import type { DataplaneInsightSpec } from '../../core/kinds/dataplane-insight.js'
import { insightKey } from '../../core/ownership.js'
import { type Resource, type ResourceKey, keyOf } from '../../core/resource.js'
import type { ChangeEvent, Listing, Stored } from '../../core/store.js'
import { parseTime } from '../../core/timestamp.js'
import { type ProxyFacts, neverSeen } from '../../core/upkeep/proxy-facts.js'

/** What upkeep looks at. */
const keptTypes: ReadonlySet<string> = new Set([
  'Mesh',
  'Dataplane',
  'MeshService',
  'MeshExternalService',
  'MeshMultiZoneService',
  'HostnameGenerator',
  'MeshIdentity',
  'MeshTrust',
  'Workload',
  'ExternalService',
  'ZoneIngress',
  'ZoneEgress',
  'ServiceInsight',
])
const insightTypes: ReadonlySet<string> = new Set(['DataplaneInsight', 'ZoneIngressInsight', 'ZoneEgressInsight'])

/**
 * The resources that others follow from, as far as the store has told of them. Of insights it keeps what matters here, so that
 * their counters, which change all the time, count as no change.
 */
export class StoredView {
  private readonly resources = new Map<string, Stored>()
  private readonly facts = new Map<string, ProxyFacts>()

  /** Begins anew. */
  load({ items }: Pick<Listing, 'items'>): void {
    this.resources.clear()
    this.facts.clear()
    const timed = items.map((stored) => ({ stored, time: parseTime(stored.resource.creationTime ?? '') ?? 0n }))
    for (const { stored } of timed.sort((a, b) => (a.time < b.time ? -1 : 1))) this.put(stored.resource, stored)
  }

  /** @returns whether something is new that upkeep may follow from */
  apply(events: readonly ChangeEvent[]): boolean {
    return events.map((event) => (event.op === 'put' ? this.put(event.key, event.stored) : this.remove(event))).includes(true)
  }

  /** In the order of their creation. */
  inOrder(): readonly Resource[] {
    return [...this.resources.values()].map(({ resource }) => resource)
  }

  versionOf(key: ResourceKey): number | undefined {
    return this.resources.get(keyOf(key))?.version
  }

  factsOf(proxy: ResourceKey): ProxyFacts {
    const key = insightKey(proxy)
    return (key && this.facts.get(keyOf(key))) ?? neverSeen
  }

  private put(key: ResourceKey, stored: Stored): boolean {
    const text = keyOf(key)
    if (insightTypes.has(key.type)) {
      const facts = factsIn(stored.resource.spec as DataplaneInsightSpec)
      const before = this.facts.get(text) ?? neverSeen
      this.facts.set(text, facts)
      return !sameFacts(before, facts)
    }
    if (!keptTypes.has(key.type)) return key.type === 'Secret'
    const known = this.resources.get(text)
    // What this control plane wrote itself is known before the store tells of it.
    if (known && known.version >= stored.version) return false
    this.resources.set(text, stored)
    return true
  }

  private remove({ key, position }: ChangeEvent): boolean {
    const text = keyOf(key)
    const known = this.resources.get(text)
    if (known && known.version > position) return false
    return this.facts.delete(text) || this.resources.delete(text) || key.type === 'Secret'
  }
}

function factsIn({ subscriptions = [], mTLS }: DataplaneInsightSpec): ProxyFacts {
  const connected = subscriptions.some(({ connectTime, disconnectTime }) => connectTime !== undefined && disconnectTime === undefined)
  const ended = connected ? Number.NaN : Date.parse(subscriptions.at(-1)?.disconnectTime ?? '')
  const certifiedBy = mTLS?.issuedBackend || undefined
  return { connected, ...(certifiedBy && { certifiedBy }), ...(Number.isNaN(ended) ? {} : { offlineSince: ended }) }
}

function sameFacts(a: ProxyFacts, b: ProxyFacts): boolean {
  return a.connected === b.connected && a.certifiedBy === b.certifiedBy && a.offlineSince === b.offlineSince
}
