import { describe, expect, test } from 'vitest'
import type { SnapshotJson } from '../../src/protojson/snapshot-json.js'
import { casesOf } from '../conformance/cases.js'
import { envoy } from '../with-envoy.js'
import { rejections } from '../../src/testing/rejections.js'

/** A proxy's configuration with mTLS, routes and endpoints of their own, as the peer sends it. */
const [sample] = casesOf('legacy', (name) => name === 'def-mtls')
const good = sample?.snapshots['web-1'] as SnapshotJson
const broken = (edit: (snapshot: { [type: string]: { [name: string]: any } }) => void): SnapshotJson => {
  const copy = structuredClone(good) as { [type: string]: { [name: string]: any } }
  edit(copy)
  return copy
}
const firstOf = (resources: { [name: string]: any } = {}) => Object.values(resources)[0]

describe.skipIf(envoy.missing)(`Envoy as the judge ${envoy.reason}`, () => {
  test('takes many proxies at once, also with equal names and addresses', async () => {
    const proxies = Array.from({ length: 100 }, (_, i) => ({ name: `proxy-${i}`, snapshot: good }))
    expect(await rejections(envoy.path, proxies)).toEqual([])
  })

  test('finds each bad one among good ones, and says what is wrong', async () => {
    const proxies = [
      { name: 'good-1', snapshot: good },
      {
        name: 'bad filter',
        snapshot: broken((s) => firstOf(s['listeners']).filterChains[0].filters.unshift({ name: 'no-such-filter' })),
      },
      { name: 'bad cluster', snapshot: broken((s) => (firstOf(s['clusters']).connectTimeout = '-1s')) },
      {
        name: 'two listeners of an address',
        snapshot: broken((s) => (s['listeners'] = { ...s['listeners'], twin: { ...firstOf(s['listeners']), name: 'twin' } })),
      },
      { name: 'missing secret', snapshot: broken((s) => delete s['secrets']) },
      { name: 'missing endpoints', snapshot: broken((s) => delete s['endpoints']) },
      { name: 'good-2', snapshot: good },
    ]
    const found = await rejections(envoy.path, proxies)
    const about = (name: string) =>
      found
        .filter((rejection) => rejection.name === name)
        .map(({ message }) => message)
        .join('\n')
    expect(about('bad filter')).toMatch(/no-such-filter/)
    expect(about('bad cluster')).toMatch(/Invalid duration/)
    expect(about('two listeners of an address')).toMatch(/duplicate address/)
    expect(about('missing secret')).toMatch(/secret ".+" is referred to, but was not sent/)
    expect(about('missing endpoints')).toMatch(/endpoints ".+" is referred to, but was not sent/)
    expect(about('good-1') + about('good-2')).toBe('')
  })
})
