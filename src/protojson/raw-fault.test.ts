import { describe, expect, it } from 'vitest'
import { rawFault } from './index.js'

const cluster = 'type.googleapis.com/envoy.config.cluster.v3.Cluster'

describe('what the peer says of raw configuration', () => {
  it("nothing, when it is valid: unknown fields don't matter", () => {
    expect(rawFault('{name: a, nome: b}', { typeUrl: cluster })).toBeUndefined()
    expect(rawFault(`{"@type": ${cluster}, name: a}`)).toBeUndefined()
  })

  it('the first rule that is broken, with every message on the way', () => {
    expect(rawFault('altStatName: a', { typeUrl: cluster })).toBe('invalid Cluster.Name: value length must be at least 1 runes')
    const nested = 'name: a\nloadAssignment: {endpoints: []}'
    expect(rawFault(nested, { typeUrl: cluster })).toBe(
      'invalid Cluster.LoadAssignment: embedded message failed validation | caused by: ' +
        'invalid ClusterLoadAssignment.ClusterName: value length must be at least 1 runes',
    )
    expect(rawFault('name: v', { typeUrl: 'type.googleapis.com/envoy.config.route.v3.VirtualHost' })).toBe(
      'invalid VirtualHost.Domains: value must contain at least 1 item(s)',
    )
  })

  it('no rules of parts', () => {
    expect(rawFault('connectTimeout: 1s', { typeUrl: cluster, partial: true })).toBeUndefined()
  })

  it('where a part can not be read', () => {
    expect(rawFault('connectTimeout: soon', { typeUrl: cluster, partial: true })).toContain('connectTimeout: ')
    expect(rawFault('{', { typeUrl: cluster })).toBeTruthy()
    expect(rawFault('name: a')).toContain('@type')
  })
})
