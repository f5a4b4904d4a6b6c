import { describe, expect, it } from 'vitest'
import { rawCodec } from './index.js'

const cluster = 'type.googleapis.com/envoy.config.cluster.v3.Cluster'
const message = (value: object, typeUrl = cluster) => {
  const read = rawCodec.fromJson(value, typeUrl)
  if (!read.ok) throw new Error(JSON.stringify(read.issues))
  return read.message
}
const merge = (base: object, changes: object) => rawCodec.toJson(rawCodec.merge(message(base), message(changes)))

describe('merging messages', () => {
  it('sets what is set, merges messages, lets lists grow', () => {
    const base = {
      name: 'a',
      altStatName: 'b',
      circuitBreakers: { thresholds: [{ maxRetries: 1 }] },
      upstreamBindConfig: { sourceAddress: { address: '::', portValue: 1 } },
    }
    const changes = { altStatName: 'c', circuitBreakers: { thresholds: [{ maxRetries: 2 }] }, upstreamBindConfig: { freebind: true } }
    expect(merge(base, changes)).toEqual({
      name: 'a',
      altStatName: 'c',
      circuitBreakers: { thresholds: [{ maxRetries: 1 }, { maxRetries: 2 }] },
      upstreamBindConfig: { sourceAddress: { address: '::', portValue: 1 }, freebind: true },
    })
  })

  it('replaces durations whole', () => {
    expect(merge({ connectTimeout: '5s' }, { connectTimeout: '0.5s' })).toEqual({ connectTimeout: '0.500s' })
    expect(merge({ connectTimeout: '5s' }, { connectTimeout: '0s' })).toEqual({ connectTimeout: '0s' })
  })

  it('replaces entries of maps, and the other member of a oneof', () => {
    const tags = (value: object) => ({ metadata: { filterMetadata: { a: value } } })
    expect(merge(tags({ x: 1 }), tags({ y: 2 }))).toEqual(tags({ y: 2 }))
    expect(merge({ type: 'EDS' }, { clusterType: { name: 'x' } })).toEqual({ clusterType: { name: 'x' } })
    expect(merge({ ringHashLbConfig: { minimumRingSize: '1' } }, { ringHashLbConfig: { maximumRingSize: '9' } })).toEqual({
      ringHashLbConfig: { minimumRingSize: '1', maximumRingSize: '9' },
    })
  })

  it('merges only what is of one type', () => {
    const other = message({ name: 'l' }, 'type.googleapis.com/envoy.config.listener.v3.Listener')
    expect(() => rawCodec.merge(message({}), other)).toThrow(
      'a envoy.config.listener.v3.Listener can not be merged into a envoy.config.cluster.v3.Cluster',
    )
  })
})
