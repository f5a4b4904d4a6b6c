import { describe, expect, it } from 'vitest'
import { nodeStandInOf } from './node-stand-in.js'

const version = { kumaDp: { version: '2.14.3', gitTag: 'v2.14.3' }, envoy: { version: '1.36.2' } }

describe('nodes are alike', () => {
  it('that say the same in another order, as each Envoy does', () => {
    const one = nodeStandInOf({ 'dataplane.admin.port': '9901', workdir: '/tmp/kuma-dp-a', version })
    const other = nodeStandInOf({
      version: { envoy: { version: '1.36.2' }, kumaDp: { gitTag: 'v2.14.3', version: '2.14.3' } },
      workdir: '/tmp/kuma-dp-b',
      'dataplane.admin.port': '9901',
    })
    expect(other.key).toBe(one.key)
    expect(JSON.stringify(other.metadata)).toBe(JSON.stringify(one.metadata))
  })

  it('but not where a list has another order', () => {
    const [one, other] = [
      ['a', 'b'],
      ['b', 'a'],
    ].map((features) => nodeStandInOf({ features }))
    expect(other?.key).not.toBe(one?.key)
  })
})
