import { describe, expect, it } from 'vitest'
import { DownstreamTlsContext, UpstreamTlsContext } from '../../../gen/envoy/extensions/transport_sockets/tls/v3/tls.js'
import { packedMessage } from '../../envoy/any.js'
import { tlsSocket } from '../../envoy/tls.js'
import { clientParameters, serverParameters, setParameters, workloadParameters } from './parameters.js'
import type { MeshTlsSpec, TlsConf } from './schema.js'
import { validateTls } from './validate.js'

describe('what a MeshTLS refuses', () => {
  const faults = (spec: MeshTlsSpec) => validateTls(spec).map(({ path, message }) => `${path}: ${message}`)
  const versions = (min: 'TLSAuto' | 'TLS12' | 'TLS13', max: 'TLSAuto' | 'TLS12') =>
    faults({ rules: [{ default: { tlsVersion: { min, max } } }] })

  it('from and rules together', () => {
    expect(faults({ from: [{ targetRef: { kind: 'Mesh' } }], rules: [{}] })).toEqual([
      "spec: field 'from' must be empty when 'rules' is defined",
    ])
  })

  it('clients by name', () => {
    expect(faults({ from: [{ targetRef: { kind: 'MeshService', name: 'web' } }] })).toEqual([
      "spec.from[0].targetRef.kind: value 'MeshService' is not supported",
    ])
  })

  it('versions for a part of the mesh, but not a mode', () => {
    const tlsVersion = { min: 'TLS12', max: 'TLSAuto' } as const
    expect(faults({ targetRef: { kind: 'MeshSubset', tags: { a: 'b' } }, rules: [{ default: { mode: 'Strict', tlsVersion } }] })).toEqual([
      'spec.rules[0].default.tlsVersion: tlsVersion can only be defined with top level targetRef kind: Mesh',
    ])
  })

  it('a lowest version above the highest; TLSAuto is neither', () => {
    expect(versions('TLS13', 'TLS12')).toEqual(['spec.rules[0].default.tlsVersion.min: min version must be lower than max'])
    expect([versions('TLS12', 'TLS12'), versions('TLS13', 'TLSAuto'), versions('TLSAuto', 'TLS12')]).toEqual([[], [], []])
  })

  it('a section of a Dataplane where nothing is said of inbounds', () => {
    expect(faults({ targetRef: { kind: 'Dataplane', name: 'web-1', sectionName: 'http' } })).toEqual([
      'spec.targetRef.sectionName: can only be used with inbound policies',
    ])
  })
})

describe('what the sides speak', () => {
  const cipher: TlsConf = { tlsCiphers: ['ECDHE-RSA-AES128-GCM-SHA256'] }
  const version: TlsConf = { tlsVersion: { min: 'TLS12', max: 'TLS13' } }

  it('ciphers alone are the clients’ matter, except where workloads have identities of their own', () => {
    const cipherSuites = ['ECDHE-RSA-AES128-GCM-SHA256']
    expect(clientParameters(cipher)).toEqual({ cipherSuites })
    expect(serverParameters(cipher)).toBeUndefined()
    expect(serverParameters({ ...cipher, ...version })).toMatchObject({ cipherSuites })
    expect(workloadParameters(cipher)).toMatchObject({ cipherSuites })
  })

  it('a lowest version is nothing to workloads with identities of their own', () => {
    const { tlsMinimumProtocolVersion, tlsMaximumProtocolVersion } = workloadParameters(version) ?? {}
    expect(tlsMinimumProtocolVersion).toBeUndefined()
    expect(tlsMaximumProtocolVersion).toBe(serverParameters(version)?.tlsMaximumProtocolVersion)
  })

  it('a mode alone changes neither', () => {
    expect([clientParameters({ mode: 'Strict', tlsCiphers: [] }), serverParameters({ mode: 'Strict' })]).toEqual([undefined, undefined])
  })

  it('keeps whatever else a socket has', () => {
    const socket = tlsSocket({ sni: 'orders', commonTlsContext: { alpnProtocols: ['kuma'] } }, 'upstream')
    setParameters(socket, clientParameters(version))
    setParameters(undefined, clientParameters(version))
    const context = packedMessage(UpstreamTlsContext, socket.configType?.typedConfig)
    expect(context).toMatchObject({ sni: 'orders', commonTlsContext: { alpnProtocols: ['kuma'], tlsParams: clientParameters(version) } })
  })

  it('says nothing where there is nothing to say', () => {
    const socket = tlsSocket({ commonTlsContext: {} }, 'downstream')
    setParameters(socket, undefined)
    expect(packedMessage(DownstreamTlsContext, socket.configType?.typedConfig)).toEqual({ commonTlsContext: {} })
  })
})
