import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { dataplane, shop, stored, translated } from '../../../test/translated.js'
import { createFleet } from '../fleet.js'

const json = JSON.stringify
const edge =
  '---\ntype: Dataplane\nmesh: shop\nname: edge-1\n' +
  'networking: {address: 10.0.0.9, gateway: {type: BUILTIN, tags: {kuma.io/service: edge}}}\n'
const gateway = (listeners: readonly object[]) =>
  '---\ntype: MeshGateway\nmesh: shop\nname: edge\nselectors: [{match: {kuma.io/service: edge}}]\n' +
  `conf: {listeners: ${json(listeners)}}\n`
const route = (conf: object, match: object = { 'kuma.io/service': 'edge' }, name = 'r') =>
  `---\ntype: MeshGatewayRoute\nmesh: shop\nname: ${name}\nselectors: [{match: ${json(match)}}]\nconf: ${json(conf)}\n`
const to = (service: string, weight = 1) => ({ weight, destination: { 'kuma.io/service': service } })
const root = { matches: [{ path: { match: 'PREFIX', value: '/' } }] }
const toWeb = { http: { rules: [{ ...root, backends: [to('web')] }] } }
const secret = (name: string, text: string) =>
  `---\ntype: Secret\nmesh: shop\nname: ${name}\ndata: ${Buffer.from(text).toString('base64')}\n`
const mesh = shop() + dataplane('web') + edge
const http = { port: 8080, protocol: 'HTTP' }

describe('what a builtin gateway serves', () => {
  it('nothing without a MeshGateway that selects it', () => {
    const { listeners, routes, issues } = translated(mesh + gateway([http]).replace('service: edge', 'service: other'), 'edge-1')
    expect([listeners, routes, issues]).toEqual([{}, {}, []])
  })

  it('one listener a port, whose hosts go from Z to A with the wildcard last', () => {
    const hosts = [http, { ...http, hostname: 'a.example.com' }, { ...http, hostname: 'b.example.com' }]
    const { listeners, routes } = translated(mesh + gateway(hosts) + route(toWeb), 'edge-1')
    expect(Object.keys(listeners)).toEqual(['edge:HTTP:8080'])
    expect(routes['edge:HTTP:8080:*'].virtualHosts.map(({ name }: { name: string }) => name)).toEqual([
      'b.example.com',
      'a.example.com',
      '*',
    ])
  })

  it('routes by host names: those of the wildcard host move to the hosts that they name', () => {
    const named = route({ http: { hostnames: ['api.example.com'], rules: [{ ...root, backends: [to('api')] }] } }, undefined, 'named')
    const { routes } = translated(mesh + dataplane('api') + gateway([http]) + route(toWeb) + named, 'edge-1')
    const clusters = routes['edge:HTTP:8080:*'].virtualHosts.map((host: any) => [
      host.name,
      host.routes.map((r: any) => r.route.weightedClusters.clusters[0].name.replace(/-[0-9a-f]{16}$/, '')),
    ])
    expect(clusters).toEqual([
      ['api.example.com', ['api']],
      ['*', ['web']],
    ])
  })

  it('limits of connections as a runtime layer, only where there is a limit', () => {
    const layer = (listeners: readonly object[]) => {
      const { snapshot } = createFleet(stored(mesh + gateway(listeners))).translate({ mesh: 'shop', name: 'edge-1' })
      return [...snapshot.runtimes].map(([name, { bytes }]) => `${name} ${new TextDecoder().decode(bytes).includes('connection_limit')}`)
    }
    expect(layer([{ ...http, resources: { connectionLimit: 5 } }])).toEqual(['gateway.listeners true'])
    expect(layer([http])).toEqual(['gateway.listeners false'])
    expect(createFleet(stored(mesh)).translate({ mesh: 'shop', name: 'web-1' }).snapshot.runtimes.size).toBe(0)
  })
})

describe('what a builtin gateway can not serve is left out and reported', () => {
  const https = (certificates: readonly object[]) => ({ port: 443, protocol: 'HTTPS', tls: { mode: 'TERMINATE', certificates } })
  const found = (yaml: string) => {
    const { listeners, issues } = translated(mesh + yaml + route(toWeb), 'edge-1')
    return { listeners: Object.keys(listeners), issues: issues.map(({ code, path, message }) => `${code} ${path}: ${message}`) }
  }
  const unusable = 'Connections that need it are refused'

  it('hosts whose certificates are not there', () => {
    expect(found(gateway([https([{ secret: 'gone' }])]))).toEqual({
      listeners: [],
      issues: [expect.stringMatching(/^bad-certificate tls\.certificates\[0\]: the certificate of host \* can not be used: .*gone/)],
    })
    expect(found(gateway([http, https([{ secret: 'gone' }])])).listeners).toEqual(['edge:HTTP:8080'])
  })

  it('certificates that are none, or without a key, or with a key that Envoy does not take', () => {
    const ed = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const certificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    const problem = (text: string) => found(gateway([https([{ secret: 's' }])]) + secret('s', text)).issues[0]?.split('used: ')[1]
    expect(problem('nothing')).toBe(`there is no certificate in it. ${unusable}`)
    expect(problem('-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n')).toBe(`there is no certificate in it. ${unusable}`)
    expect(problem(certificate)).toBe(`there is no private key in it. ${unusable}`)
    expect(problem(certificate + ed)).toBe(`the private key is neither an RSA nor an ECDSA key. ${unusable}`)
    expect(problem(certificate + ed + ed)).toBe(`there is more than one private key in it. ${unusable}`)
    expect(problem('-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n')).toBe(
      `a PEM block "DH PARAMETERS" is not expected there. ${unusable}`,
    )
  })

  it('redirects with a status that is none', () => {
    const rules = [{ ...root, filters: [{ redirect: { scheme: 'https', statusCode: 305 } }] }]
    const { routes, issues } = translated(mesh + gateway([http]) + route({ http: { rules } }), 'edge-1')
    expect(routes['edge:HTTP:8080:*'].virtualHosts[0].routes ?? []).toEqual([])
    expect(issues).toMatchObject([{ code: 'bad-redirect', path: 'redirect.status_code', message: expect.stringContaining('305') }])
  })

  it('listeners for other meshes in a mesh without mTLS', () => {
    const { listeners, issues } = translated(mesh + gateway([{ ...http, crossMesh: true, hostname: 'edge.mesh' }]), 'edge-1')
    expect([Object.keys(listeners), issues.map(({ code }) => code)]).toEqual([[], ['no-mtls']])
  })
})
