import { KumaError } from '../core/errors.js'
import type { DataplaneInsightSpec } from '../core/kinds/dataplane-insight.js'
import { insightKey, ownerKey } from '../core/ownership.js'
import { type ResourceKey, keyOf } from '../core/resource.js'
import type { Store, Write } from '../core/store.js'
import type { Refused } from './caught-up.js'
import {
  type CertificateFacts,
  type DiscoverySubscription,
  withCertificate,
  withRefusals,
  withSubscription,
  withoutOpenSubscriptions,
} from './insight.js'
import type { Log } from './log.js'

/** What there is to say of a proxy. */
export interface InsightRecord {
  /** The Dataplane, ZoneIngress or ZoneEgress. */
  readonly proxy: ResourceKey
  readonly subscription: DiscoverySubscription
  readonly metadata: Readonly<Record<string, unknown>>
  /** Absent: it is not known yet. */
  readonly certificate?: CertificateFacts | 'none'
  /** What the proxy refuses. */
  readonly refusals?: readonly Refused[]
}

export interface InsightWriterOptions {
  readonly store: Pick<Store, 'get' | 'list' | 'write'>
  readonly log: Log
  /** How often counts are written, in milliseconds. Default: 10 s. */
  readonly flushMs?: number
  /** How soon a proxy that comes or goes is written, together with the others that do, in milliseconds. Default: 200. */
  readonly urgentMs?: number
  /** Subscriptions that are kept of each proxy; 0: all. Default: 2. */
  readonly subscriptionLimit?: number
}

/** Keeps the insights in the store: many in one transaction, rarely, and none that didn't change. */
export interface InsightWriter {
  /** Only the last record of a proxy counts. */
  note(record: InsightRecord, urgent: boolean): void
  flush(): Promise<void>
  /**
   * Ends the subscriptions that an earlier run of this control plane left open.
   * @returns the proxies that they were of
   */
  endOrphans(at: string): Promise<readonly ResourceKey[]>
  /** Flushes for the last time. */
  close(): Promise<void>
}

/** Insights in one transaction. */
const batchSize = 200
/** Somebody else may write the same insight: so often it is tried again. */
const attempts = 3

export function createInsightWriter(options: InsightWriterOptions): InsightWriter {
  const { store, log, flushMs = 10_000, urgentMs = 200, subscriptionLimit = 2 } = options
  const pending = new Map<string, InsightRecord>()
  let timer: { readonly handle: NodeJS.Timeout; readonly due: number } | undefined
  let flushing: Promise<void> = Promise.resolve()
  let closed = false

  function schedule(ms: number): void {
    const due = performance.now() + ms
    if (closed || (timer && timer.due <= due)) return
    clearTimeout(timer?.handle)
    const handle = setTimeout(() => void flush(), ms)
    handle.unref()
    timer = { handle, due }
  }

  function flush(): Promise<void> {
    clearTimeout(timer?.handle)
    timer = undefined
    flushing = flushing.then(async () => {
      const records = [...pending.values()]
      pending.clear()
      for (let i = 0; i < records.length; i += batchSize) await writeAll(records.slice(i, i + batchSize))
    })
    return flushing
  }

  /** All at once; one by one where that fails, so that one that can't be written doesn't keep back the others. */
  async function writeAll(records: readonly InsightRecord[]): Promise<void> {
    try {
      const writes = await Promise.all(records.map(writeOf))
      await store.write(writes.flatMap((write) => write ?? []))
    } catch {
      for (const record of records) await writeOne(record)
    }
  }

  async function writeOne(record: InsightRecord): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        const write = await writeOf(record)
        if (write) await store.write([write])
        return
      } catch (error) {
        const code = error instanceof KumaError ? error.code : undefined
        // The proxy was deleted, and its insight with it; or the store is going down.
        if (code === 'no-owner' || code === 'closed') return
        if (code === 'conflict' && attempt < attempts) continue
        log.error('the insight of a proxy could not be written', { proxy: keyOf(record.proxy), error: (error as Error).message })
        return
      }
    }
  }

  async function writeOf({ proxy, subscription, metadata, certificate, refusals = [] }: InsightRecord): Promise<Write | undefined> {
    const key = insightKey(proxy)
    if (!key) return undefined
    const stored = await store.get(key)
    const before = (stored?.resource.spec ?? {}) as DataplaneInsightSpec
    const spec: DataplaneInsightSpec = {
      ...withSubscription(withRefusals(withCertificate(before, certificate), refusals), subscription, subscriptionLimit),
      metadata,
    }
    return { op: 'put', resource: { labels: {}, ...stored?.resource, ...key, spec }, expect: stored?.version ?? 'absent' }
  }

  return {
    note(record, urgent) {
      pending.set(keyOf(record.proxy), record)
      schedule(urgent ? urgentMs : flushMs)
    },
    flush,
    async endOrphans(at) {
      const orphans: ResourceKey[] = []
      for (const type of ['DataplaneInsight', 'ZoneIngressInsight', 'ZoneEgressInsight']) {
        const { items } = await store.list({ type })
        const writes = items.flatMap(({ resource, version }): Write[] => {
          const spec = withoutOpenSubscriptions(resource.spec as DataplaneInsightSpec, at)
          if (!spec) return []
          orphans.push(...[ownerKey(resource) ?? []].flat())
          return [{ op: 'put', resource: { ...resource, spec }, expect: version }]
        })
        for (let i = 0; i < writes.length; i += batchSize) await store.write(writes.slice(i, i + batchSize))
      }
      return orphans
    },
    async close() {
      closed = true
      await flush()
    },
  }
}
