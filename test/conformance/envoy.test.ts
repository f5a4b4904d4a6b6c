import { expect, test } from 'vitest'
import { translateOffline } from '../../src/cmd/offline.js'
import { rejections } from '../../src/testing/rejections.js'
import { envoy } from '../with-envoy.js'
import { casesOf, groupNames } from './cases.js'
import refused from './refused-by-envoy.json' with { type: 'json' }

const expected = refused.flatMap(({ case: name, proxies }) => proxies.map((proxy) => `${name} ${proxy}`)).sort()

/** Refused inputs leave something over, too: what is there must be something that Envoy takes. */
const proxies = () =>
  groupNames()
    .flatMap((group) => casesOf(group))
    .flatMap(({ group, name, input, metadata }) =>
      Object.entries(translateOffline([{ name, text: input }], { metadata }).proxies).map(([proxy, snapshot]) => ({
        name: `${group}/${name} ${proxy.slice(proxy.indexOf('/') + 1)}`,
        snapshot,
      })),
    )

test.skipIf(envoy.missing)(
  `Envoy takes what each proxy of each conformance case gets, but for what is listed ${envoy.reason}`,
  async () => {
    const found = await rejections(envoy.path, proxies())
    const surprising = found.filter(({ name }) => !expected.includes(name))
    expect(surprising).toEqual([])
    expect([...new Set(found.map(({ name }) => name))].sort(), 'refused-by-envoy.json lists what Envoy takes by now').toEqual(expected)
  },
  300_000,
)
