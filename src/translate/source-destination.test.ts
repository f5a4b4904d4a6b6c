import { describe, expect, it } from 'vitest'
import type { Resource } from '../core/resource.js'
import { type ConnectionSpec, inboundPoliciesBySource, inboundPolicy, outboundPolicies, selectorPolicies } from './source-destination.js'
import type { Tags } from './tags.js'

const s = (service: string, more: Tags = {}): Tags => ({ 'kuma.io/service': service, ...more })

function policy(
  name: string,
  sources: readonly Tags[],
  destinations: readonly Tags[],
  creationTime = '2026-01-01T00:00:00Z',
): Resource<ConnectionSpec> {
  const selectors = (all: readonly Tags[]) => all.map((match) => ({ match }))
  return {
    type: 'Timeout',
    mesh: 'shop',
    name,
    labels: {},
    creationTime,
    spec: { sources: selectors(sources), destinations: selectors(destinations) },
  }
}
const nameFor = (policies: readonly Resource<ConnectionSpec>[], service = 'orders', ...tagSets: readonly Tags[]) =>
  outboundPolicies(policies, tagSets.length > 0 ? tagSets : [s('web', { region: 'eu' })])(service)?.name

describe('the policy of an outgoing connection', () => {
  it('has the most tags in both selectors; among as many, those without wildcards count more', () => {
    const wide = policy('wide', [s('*')], [s('*')])
    const from = policy('from', [s('web')], [s('*')])
    const tagged = policy('tagged', [s('*', { region: '*' })], [s('*')])
    expect(nameFor([wide, from])).toBe('from')
    expect(nameFor([from, tagged])).toBe('tagged')
  })

  it('weighs source and destination alike: the newest of two such wins, whatever the names', () => {
    const bySource = policy('z', [s('web')], [s('*')], '2026-01-01T00:00:00.000000001Z')
    const byDestination = policy('a', [s('*')], [s('orders')], '2026-01-01T00:00:00.000000002Z')
    expect(nameFor([bySource, byDestination])).toBe('a')
    expect(nameFor([{ ...bySource, creationTime: '2026-01-01T00:00:01Z' }, byDestination])).toBe('z')
  })

  it("counts the best selector of several, by any of the proxy's tag sets", () => {
    const many = policy('many', [s('*'), s('web')], [s('*'), s('orders')])
    expect(nameFor([many, policy('one', [s('web')], [s('*')], '2027-01-01T00:00:00Z')])).toBe('many')
    expect(nameFor([policy('admin', [s('admin')], [s('*')])], 'orders', s('web'), s('admin'))).toBe('admin')
    expect(nameFor([policy('admin', [s('admin')], [s('*')])])).toBeUndefined()
  })

  it('is asked by service alone: tags of a destination selector match nothing', () => {
    expect(nameFor([policy('v1', [s('*')], [s('orders', { version: 'v1' })])])).toBeUndefined()
  })
})

describe('policies of an incoming connection', () => {
  const wide = policy('wide', [s('*')], [s('*')], '2026-01-01T00:00:01Z')
  const v1 = policy('v1', [s('*')], [s('orders', { version: 'v1' })])
  const web = policy('web', [s('web')], [s('orders')])

  it('one goes by the destination alone', () => {
    expect(inboundPolicy([wide, v1, web], s('orders', { version: 'v1' }))?.name).toBe('v1')
    expect(inboundPolicy([wide, v1, web], s('orders'))?.name).toBe('web')
    expect(inboundPolicy([v1], s('orders'))).toBeUndefined()
  })

  it('all go by their sources, the newest first among equals', () => {
    expect(inboundPoliciesBySource([v1, web, wide], s('orders', { version: 'v1' })).map(({ name }) => name)).toEqual(['web', 'wide', 'v1'])
  })
})

describe('policies by selectors', () => {
  it('come with the most specific first', () => {
    const by = (name: string, match: Tags) => ({
      type: 'VirtualOutbound',
      mesh: 'shop',
      name,
      labels: {},
      spec: { selectors: [{ match }] },
    })
    const policies = [by('all', s('*')), by('version', s('web', { version: '*' })), by('web', s('web')), by('other', s('other'))]
    expect(selectorPolicies(policies, s('web', { version: 'v1' })).map(({ name }) => name)).toEqual(['version', 'web', 'all'])
  })
})
