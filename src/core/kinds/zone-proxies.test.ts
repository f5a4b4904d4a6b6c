import { describe, expect, it } from 'vitest'
import { refused } from '../../../test/translated.js'

const resource = (type: string, parts: object) => refused(JSON.stringify({ type, name: 'z', ...parts }))
const ingress = (networking: object, more: object = {}) => resource('ZoneIngress', { networking, ...more })

describe('what a ZoneIngress refuses', () => {
  it('addresses that nobody can dial, and half of an advertised one', () => {
    expect(ingress({ address: '10.0.0.1', port: 10001, advertisedAddress: 'ingress.example.com', advertisedPort: 10001 })).toEqual([])
    expect(ingress({ address: '0.0.0.0', port: 0 })).toEqual([
      'networking.address.address: must not be 0.0.0.0 or ::',
      'networking.port: port must be in the range [1, 65535]',
    ])
    expect(ingress({ address: 'a b', port: 1, advertisedAddress: '192.0.2.1' })).toEqual([
      'networking.advertisedPort: has to be defined with advertisedAddress',
      'networking.address.address: address has to be valid IP address or domain name',
    ])
    expect(ingress({ address: '10.0.0.1', port: 1, advertisedPort: 70000 })).toEqual([
      'networking.advertisedAddress: has to be defined with advertisedPort',
      'networking.advertisedPort: port must be in the range [1, 65535]',
    ])
  })

  it('an admin port that it listens on itself', () => {
    expect(ingress({ address: '10.0.0.1', port: 9901, admin: { port: 9901 } })).toEqual([])
    expect(ingress({ address: '127.0.0.1', port: 9901, admin: { port: 9901 } })).toEqual(['networking.admin.port: must differ from port'])
  })

  it('available services without a name', () => {
    const availableServices = [{ tags: { 'kuma.io/service': 'web' } }, { tags: { version: 'v1' } }]
    expect(ingress({ address: '10.0.0.1', port: 1 }, { availableServices })).toEqual([
      'availableService[1].tags: mandatory tag "kuma.io/service" is missing',
    ])
  })
})

it('a ZoneEgress refuses addresses and ports that are none, and its own port as admin port', () => {
  expect(resource('ZoneEgress', { networking: { address: '::', port: 0, admin: { port: 0 } } })).toEqual([
    'networking.admin.port: must differ from port',
    'networking.address.address: must not be 0.0.0.0 or ::',
    'networking.port: port must be in the range [1, 65535]',
  ])
  expect(resource('ZoneEgress', { networking: { address: '10.0.0.1', port: 10002 } })).toEqual([])
})
