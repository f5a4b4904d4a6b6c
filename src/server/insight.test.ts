import { describe, expect, it } from 'vitest'
import type { DataplaneInsightSpec } from '../core/kinds/dataplane-insight.js'
import { DataplaneInsight } from '../core/kinds/dataplane-insight.js'
import {
  type StreamEvent,
  newSubscription,
  reduceSubscription,
  withCertificate,
  withSubscription,
  withoutOpenSubscriptions,
} from './insight.js'

const at = (second: number) => `2026-01-01T00:00:0${second}Z`
const opened = (id = 's1', metadata: Record<string, unknown> = {}) =>
  newSubscription({ id, controlPlaneInstanceId: 'cp-1', at: at(0), metadata })

describe('a subscription', () => {
  const rows: readonly (readonly [string, readonly StreamEvent[], object])[] = [
    ['counts nothing at first', [], { lastUpdateTime: at(0), total: {}, cds: {}, eds: {}, lds: {}, rds: {} }],
    [
      'counts by type and in total',
      [
        { kind: 'sent', type: 'clusters', at: at(1) },
        { kind: 'acknowledged', type: 'clusters', at: at(2) },
        { kind: 'sent', type: 'listeners', at: at(3) },
        { kind: 'rejected', type: 'listeners', at: at(4) },
      ],
      {
        lastUpdateTime: at(4),
        total: { responsesSent: 2, responsesAcknowledged: 1, responsesRejected: 1 },
        cds: { responsesSent: 1, responsesAcknowledged: 1 },
        eds: {},
        lds: { responsesSent: 1, responsesRejected: 1 },
        rds: {},
      },
    ],
    [
      'counts types that Kuma has no counter for in the total alone',
      [{ kind: 'sent', type: 'secrets', at: at(1) }],
      { lastUpdateTime: at(1), total: { responsesSent: 1 }, cds: {}, eds: {}, lds: {}, rds: {} },
    ],
  ]
  it.each(rows)('%s', (_, events, status) => {
    const subscription = events.reduce(reduceSubscription, opened())
    expect(subscription.status).toEqual(status)
    expect(subscription.connectTime).toBe(at(0))
    expect(subscription.disconnectTime).toBeUndefined()
  })

  it('ends', () => {
    expect(reduceSubscription(opened(), { kind: 'disconnected', at: at(5) })).toMatchObject({ connectTime: at(0), disconnectTime: at(5) })
  })

  it('says which versions the proxy says, and leaves out what is no version', () => {
    const version = {
      kumaDp: { version: '2.14.3', gitTag: 'v2.14.3', kumaCpCompatible: true, other: 'x' },
      envoy: { version: '1.36.2', build: 'b', kumaDpCompatible: 'yes' },
      dependencies: { coredns: '1.11', bad: 7 },
    }
    expect(opened('s', { version }).version).toEqual({
      kumaDp: { version: '2.14.3', gitTag: 'v2.14.3', kumaCpCompatible: true },
      envoy: { version: '1.36.2', build: 'b' },
      dependencies: { coredns: '1.11' },
    })
    for (const nonsense of [undefined, null, 'x', [], { kumaDp: 3, envoy: null }]) {
      expect(opened('s', { version: nonsense }).version).toEqual({ kumaDp: {}, envoy: {}, dependencies: {} })
    }
  })
})

describe('an insight', () => {
  it('takes a subscription in its place, or as the newest, which ends those before it', () => {
    const one = withSubscription({}, opened('s1'), 2)
    const counted = withSubscription(one, reduceSubscription(opened('s1'), { kind: 'sent', type: 'clusters', at: at(1) }), 2)
    expect(counted.subscriptions).toHaveLength(1)
    expect(counted.subscriptions?.[0]?.status?.total).toEqual({ responsesSent: 1 })
    const later = { ...opened('s2'), connectTime: at(7) }
    expect(withSubscription(counted, later, 2).subscriptions?.map(({ id, disconnectTime }) => [id, disconnectTime])).toEqual([
      ['s1', at(7)],
      ['s2', undefined],
    ])
  })

  it('keeps as many subscriptions as it may', () => {
    const four = (limit: number) =>
      ['a', 'b', 'c', 'd'].reduce<DataplaneInsightSpec>((spec, id) => withSubscription(spec, opened(id), limit), {})
    expect(four(2).subscriptions?.map(({ id }) => id)).toEqual(['c', 'd'])
    expect(four(0).subscriptions).toHaveLength(4)
  })

  it('counts certificates', () => {
    const facts = { issuedAt: at(1), expiresAt: at(8), issuedBackend: 'ca-1', supportedBackends: ['ca-1', 'ca-2'] }
    const first = withCertificate({ metadata: { a: 1 } }, facts)
    expect(first).toEqual({
      metadata: { a: 1 },
      mTLS: {
        certificateExpirationTime: at(8),
        lastCertificateRegeneration: at(1),
        certificateRegenerations: 1,
        issuedBackend: 'ca-1',
        supportedBackends: ['ca-1', 'ca-2'],
      },
    })
    expect(withCertificate(first, facts)).toBe(first)
    expect(withCertificate(first, { ...facts, expiresAt: at(9) }).mTLS).toMatchObject({
      certificateRegenerations: 2,
      certificateExpirationTime: at(9),
    })
    expect(withCertificate(first, 'none')).toEqual({ metadata: { a: 1 } })
    expect(withCertificate(first, undefined)).toBe(first)
  })

  it('ends what was left open, and nothing else', () => {
    const open = withSubscription({}, opened('s1'), 2)
    expect(withoutOpenSubscriptions(open, at(9))?.subscriptions?.[0]?.disconnectTime).toBe(at(9))
    const ended = withSubscription({}, reduceSubscription(opened('s1'), { kind: 'disconnected', at: at(1) }), 2)
    expect(withoutOpenSubscriptions(ended, at(9))).toBeUndefined()
    expect(withoutOpenSubscriptions({}, at(9))).toBeUndefined()
  })

  it('has the shape of its kind', () => {
    const subscription = reduceSubscription(opened('s1', { version: { kumaDp: { version: '2' } } }), {
      kind: 'sent',
      type: 'routes',
      at: at(1),
    })
    const spec = withSubscription({ metadata: { features: ['f'] } }, subscription, 2)
    expect(DataplaneInsight.schema().safeParse(spec)).toMatchObject({ success: true })
  })
})
