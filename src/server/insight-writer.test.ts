import { beforeEach, describe, expect, it } from 'vitest'
import type { DataplaneInsightSpec } from '../core/kinds/dataplane-insight.js'
import type { Resource } from '../core/resource.js'
import type { Store, Write } from '../core/store.js'
import { createMemoryStore } from '../store/memory.js'
import { type DiscoverySubscription, newSubscription, reduceSubscription } from './insight.js'
import { type InsightWriter, createInsightWriter } from './insight-writer.js'
import { silentLog } from './log.js'

const at = '2026-01-01T00:00:00Z'
const proxy = (name: string) => ({ type: 'Dataplane', mesh: 'default', name })
const resource = (key: { type: string; mesh?: string; name: string }, spec: unknown = {}): Resource => ({ ...key, labels: {}, spec })
const opened = (id: string): DiscoverySubscription => newSubscription({ id, controlPlaneInstanceId: 'cp-1', at, metadata: {} })

let store: Store
/** Transactions that were tried. */
let written: (readonly Write[])[]
let errors: string[]
let writer: InsightWriter

function writerOver(over: Partial<Store> = {}): InsightWriter {
  const counted: Store['write'] = (writes) => {
    written.push(writes)
    return (over.write ?? store.write.bind(store))(writes)
  }
  const log = { ...silentLog, error: (message: string) => void errors.push(message) }
  // Nothing is written by itself: the tests say when.
  return createInsightWriter({
    store: { get: (key) => store.get(key), list: (query) => store.list(query), write: counted },
    log,
    flushMs: 3_600_000,
    urgentMs: 3_600_000,
  })
}

const note = (name: string, subscription: DiscoverySubscription) =>
  writer.note({ proxy: proxy(name), subscription, metadata: { n: name } }, false)
const insight = async (name: string) =>
  (await store.get({ type: 'DataplaneInsight', mesh: 'default', name }))?.resource.spec as DataplaneInsightSpec | undefined

beforeEach(async () => {
  store = createMemoryStore()
  written = []
  errors = []
  await store.write([
    { op: 'put', resource: resource({ type: 'Mesh', name: 'default' }) },
    ...['a', 'b', 'c'].map((name): Write => ({ op: 'put', resource: resource(proxy(name)) })),
  ])
  writer = writerOver()
})

describe('the writer of insights', () => {
  it('writes the last of what was noted of each proxy, all in one transaction', async () => {
    const first = opened('s')
    for (const name of ['a', 'b', 'c']) note(name, first)
    note('a', reduceSubscription(first, { kind: 'sent', type: 'clusters', at }))
    await writer.flush()
    expect(written.map((writes) => writes.length)).toEqual([3])
    expect((await insight('a'))?.subscriptions?.[0]?.status?.total).toEqual({ responsesSent: 1 })
    expect((await insight('b'))?.metadata).toEqual({ n: 'b' })
    await writer.flush()
    expect(written).toHaveLength(1)
  })

  it('goes on from what is stored', async () => {
    note('a', opened('s1'))
    await writer.flush()
    note('a', opened('s2'))
    await writer.flush()
    expect((await insight('a'))?.subscriptions?.map(({ id, disconnectTime }) => [id, disconnectTime])).toEqual([
      ['s1', at],
      ['s2', undefined],
    ])
  })

  it('drops what is noted of a proxy that was deleted, and writes the others', async () => {
    await store.write([{ op: 'delete', key: proxy('b') }])
    for (const name of ['a', 'b', 'c']) note(name, opened('s'))
    await writer.flush()
    expect([await insight('a'), await insight('b'), await insight('c')].map((spec) => spec !== undefined)).toEqual([true, false, true])
    expect(errors).toEqual([])
  })

  it('tries again when somebody else writes at the same time', async () => {
    let others = 2
    writer = writerOver({
      write: async (writes) => {
        if (others-- > 0)
          await store.write([{ op: 'put', resource: resource({ ...proxy('a'), type: 'DataplaneInsight' }, { metadata: { others } }) }])
        return store.write(writes)
      },
    })
    note('a', opened('s'))
    await writer.flush()
    expect((await insight('a'))?.subscriptions).toHaveLength(1)
    expect(errors).toEqual([])
  })

  it('says so when the store refuses, and goes on', async () => {
    writer = writerOver({ write: async () => Promise.reject(new Error('disk full')) })
    note('a', opened('s'))
    await writer.flush()
    expect(errors).toEqual(['the insight of a proxy could not be written'])
  })

  it('writes by itself, and for the last time when it is closed', async () => {
    writer = createInsightWriter({ store, log: silentLog, urgentMs: 1, flushMs: 3_600_000 })
    writer.note({ proxy: proxy('a'), subscription: opened('s'), metadata: {} }, true)
    while (!(await insight('a'))) await new Promise((resolve) => setTimeout(resolve, 1))
    writer.note({ proxy: proxy('b'), subscription: opened('s'), metadata: {} }, false)
    await writer.close()
    expect(await insight('b')).toBeDefined()
  })
})
