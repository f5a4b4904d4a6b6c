import { describe, expect, it } from 'vitest'
import { createRegistry } from '../kind.js'
import { parse } from '../parse.js'
import { coreKinds } from './index.js'

const registry = createRegistry(coreKinds)

/** The first refusal's violations, or the spec that was read. */
function read(type: string, spec: string, name = 'x') {
  const [item] = parse(`{ type: ${type}, mesh: default, name: ${name}, spec: ${spec} }`, registry).items
  return item?.refusal ? Object.fromEntries(item.refusal.violations.map(({ path, message }) => [path, message])) : item?.resource?.spec
}

describe('real services', () => {
  it('have the defaults of their schemas', () => {
    expect(read('MeshService', '{ ports: [{ port: 80 }] }')).toEqual({
      state: 'Unavailable',
      selector: {},
      ports: [{ port: 80, appProtocol: 'tcp' }],
    })
    expect(read('MeshExternalService', '{ match: { port: 80 }, tls: { verification: { subjectAltNames: [{ value: a }] } } }')).toEqual({
      match: { type: 'HostnameGenerator', port: 80, protocol: 'tcp' },
      tls: {
        enabled: false,
        allowRenegotiation: false,
        verification: { mode: 'Secured', subjectAltNames: [{ type: 'Exact', value: 'a' }] },
      },
    })
  })

  it('are named by one label of a host name', () => {
    for (const [type, spec] of [
      ['MeshService', '{}'],
      ['MeshExternalService', '{ match: { port: 80 } }'],
    ] as const) {
      expect(read(type, spec, 'a'.repeat(64))).toEqual({ name: 'must not be longer than 63 characters' })
      expect(read(type, spec, 'a'.repeat(63))).not.toHaveProperty('name')
    }
  })

  it('select proxies in one way', () => {
    expect(read('MeshService', '{ selector: { dataplaneTags: {}, dataplaneRef: { name: a } } }')).toEqual({
      'spec.selector': 'must specify only one of: dataplaneTags, dataplaneRef, or dataplaneLabels',
    })
  })

  it('of several zones name labels, ports and protocols that there are', () => {
    expect(read('MeshMultiZoneService', "{ selector: { meshService: {} }, ports: [{ name: '', port: 1, appProtocol: udp }] }")).toEqual({
      'spec.selector.meshService.matchLabels': 'cannot be empty',
      'spec.ports[0].name': 'must not be empty',
      'spec.ports[0].appProtocol': 'appProtocol must be one of: grpc, http, http2, kafka, tcp',
    })
  })

  it('outside the mesh have addresses and TLS that can work, unless an extension sees to that', () => {
    const tls = '{ version: { min: TLS13, max: TLS12 }, verification: { serverName: "not[]valid", clientCert: { secret: s } } }'
    expect(read('MeshExternalService', `{ match: { port: 80 }, endpoints: [{ address: a!b, port: 1 }], tls: ${tls} }`)).toEqual({
      'spec.endpoints[0].address': 'address has to be a valid IP or hostname',
      'spec.tls.version.min': 'min version must be lower than max',
      'spec.tls.verification.serverName': 'must be a valid DNS name',
      'spec.tls.verification.clientKey': 'must be defined when clientCert is defined',
    })
    expect(read('MeshExternalService', `{ match: { port: 80 }, extension: { type: '' }, tls: ${tls} }`)).toEqual({
      'spec.extension.type': 'must not be empty',
    })
    expect(read('MeshExternalService', '{ match: { port: 80 }, tls: { verification: { caCert: { inline: "@" } } } }')).toEqual({
      'spec.tls.verification.caCert.inline': 'in body must be of type byte: "@"',
    })
  })
})
