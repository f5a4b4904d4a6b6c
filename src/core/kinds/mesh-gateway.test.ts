import { describe, expect, it } from 'vitest'
import { refused } from '../../../test/translated.js'

const selectors = [{ match: { 'kuma.io/service': 'edge' } }]
const http = { port: 80, protocol: 'HTTP' }
const certificates = [{ secret: 's' }]
const https = { port: 443, protocol: 'HTTPS', tls: { mode: 'TERMINATE', certificates } }

/** Why a MeshGateway with these parts is refused. */
const refusedWith = (parts: object) =>
  refused(JSON.stringify({ type: 'MeshGateway', mesh: 'shop', name: 'edge', selectors, conf: { listeners: [http] }, ...parts }))
const refusedListeners = (...listeners: object[]) => refusedWith({ conf: { listeners } })

describe('what a MeshGateway refuses', () => {
  it('nothing of these', () => {
    expect(
      refusedListeners(http, https, { ...https, hostname: '*.example.com' }, { port: 8443, protocol: 'TLS', tls: { mode: 'PASSTHROUGH' } }),
    ).toEqual([])
  })

  it('no listeners, no service, tags that belong to Dataplanes', () => {
    expect(refusedWith({ conf: undefined })).toEqual(['conf: cannot be empty'])
    expect(refusedListeners()).toEqual(['conf.listeners: cannot be empty'])
    expect(refusedWith({ selectors: [{ match: { site: 'a' } }] })).toEqual([
      'selectors[0].match: mandatory tag "kuma.io/service" is missing',
    ])
    expect(refusedWith({ tags: { 'kuma.io/zone': 'z' }, conf: { listeners: [{ ...http, tags: { 'kuma.io/service': 'x' } }] } })).toEqual([
      'tags["kuma.io/zone"]: tag name must not be "kuma.io/zone"',
      'conf.listeners[0].tags["kuma.io/service"]: tag name must not be "kuma.io/service"',
    ])
  })

  it('ports, protocols and host names that are none', () => {
    const names = ['a_b', '*.*.com', 'a'.repeat(254)].map((hostname, i) => ({ port: 81 + i, protocol: 'HTTP', hostname }))
    expect(refusedListeners({ port: 0 }, ...names)).toEqual([
      'conf.listeners[0].port: port must be in the range [1, 65535]',
      'conf.listeners[0].protocol: cannot be empty',
      'conf.listeners[1].hostname: invalid hostname',
      'conf.listeners[2].hostname: invalid wildcard domain',
      'conf.listeners[3].hostname: must be at most 253 characters',
    ])
  })

  it('listeners of one port that contradict each other', () => {
    expect(refusedListeners(http, { ...http, protocol: 'TCP', hostname: 'a.com' })).toEqual([
      'conf.listeners[0]: protocol conflicts with other listeners on this port',
      'conf.listeners[1]: protocol conflicts with other listeners on this port',
    ])
    expect(refusedListeners(http, { ...http, hostname: '*' })).toEqual([
      'conf.listeners[0]: multiple listeners for hostname on this port',
      'conf.listeners[1]: multiple listeners for hostname on this port',
    ])
    const limited = (connectionLimit: number, hostname: string) => ({ ...http, hostname, resources: { connectionLimit } })
    expect(refusedListeners(limited(1, 'a.com'), limited(1, 'b.com'), { ...http, hostname: 'c.com' })).toEqual([])
    expect(refusedListeners(limited(1, 'a.com'), limited(2, 'b.com'), { ...http, hostname: 'c.com' })).toEqual([
      'conf.listeners[0].resources.connectionLimit: conflicting values for this port',
      'conf.listeners[1].resources.connectionLimit: conflicting values for this port',
    ])
  })

  it('TLS that can not work', () => {
    const tls = (port: number, of?: object) => ({ port, protocol: 'HTTPS', tls: of })
    const three = [...certificates, ...certificates, ...certificates]
    expect(
      refusedListeners(
        tls(1),
        tls(2, { mode: 'PASSTHROUGH' }),
        tls(3, { mode: 'TERMINATE' }),
        tls(4, { mode: 'TERMINATE', certificates: three }),
      ),
    ).toEqual([
      'conf.listeners[0].tls: cannot be empty',
      'conf.listeners[1].tls.mode: mode is not supported on HTTPS listeners',
      'conf.listeners[2].tls.certificates: cannot be empty in TLS termination mode',
      'conf.listeners[3].tls.certificates: cannot have more than 2 certificates',
    ])
  })

  it('TLS of its own and several selectors where other meshes connect', () => {
    const listeners = [
      { ...https, crossMesh: true },
      { ...http, crossMesh: true, tls: https.tls },
    ]
    expect(refusedWith({ selectors: [...selectors, ...selectors], conf: { listeners } })).toEqual([
      'selectors[1]: there can be at most one selector',
      'conf.listeners[0].protocol: protocol is not supported with crossMesh',
      'conf.listeners[0].tls: must be empty with crossMesh',
      'conf.listeners[1].tls: must be empty with crossMesh',
    ])
  })
})
