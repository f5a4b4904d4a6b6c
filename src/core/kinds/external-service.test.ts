import { describe, expect, it } from 'vitest'
import { refused } from '../../../test/translated.js'

const service = (networking: object | undefined, tags: object = { 'kuma.io/service': 'api' }) =>
  `type: ExternalService\nmesh: shop\nname: e\ntags: ${JSON.stringify(tags)}\n${networking ? `networking: ${JSON.stringify(networking)}\n` : ''}`

describe('what an ExternalService refuses', () => {
  it('addresses without a host or a port', () => {
    expect(refused(service(undefined))).toEqual(['networking: should have networking'])
    expect(refused(service({}))).toEqual(["networking.address: address can't be empty"])
    expect(refused(service({ address: 'api.example.com' }))).toEqual([
      'networking.address: unable to parse address',
      'networking.address: address has to be a valid IP address or a domain name',
      'networking.address: unable to parse port in address',
      'networking.address: port must be in the range [1, 65535]',
    ])
    expect(refused(service({ address: 'api.example.com:99999' }))).toEqual(['networking.address: port must be in the range [1, 65535]'])
    expect(refused(service({ address: '[fd00::1]:443' }))).toEqual([])
  })

  it('empty names and sources, unknown protocols, its own host as its name', () => {
    const tls = { serverName: '', caCert: {}, clientKey: { secret: 'x' } }
    expect(refused(service({ address: 'a.com:1', tls }, { 'kuma.io/protocol': 'smtp', 'kuma.io/service': 'a.com' }))).toEqual([
      'networking.tls.serverName: cannot be empty',
      'networking.tls.caCert: data source cannot be empty',
      'tags["kuma.io/protocol"]: tag "kuma.io/protocol" has an invalid value "smtp". Allowed values: grpc, http, http2, kafka, tcp',
      'tags["kuma.io/service"]: cannot be the same as networking.address',
    ])
  })
})
