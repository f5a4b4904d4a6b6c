import { describe, expect, it } from 'vitest'
import { dataplane, policy, routeAll, shop, stored, translated } from '../../test/translated.js'
import { createFleet } from './fleet.js'

const service = (name: string, more = '', tags = '{kuma.io/service: api}') =>
  `---\ntype: ExternalService\nmesh: shop\nname: ${name}\ntags: ${tags}\nnetworking: {address: '${name}.example.com:443'${more}}\n`
const web = shop() + dataplane('web', { outbounds: ['api'] }) + routeAll
const allow = (from: string, to: string) =>
  policy('TrafficPermission', undefined, { name: `${from}-${to}`.replaceAll('*', 'all'), from, to })
const addresses = (cluster: {
  loadAssignment?: { endpoints: { lbEndpoints: { endpoint: { address: { socketAddress: { address: string } } } }[] }[] }
}) => cluster.loadAssignment?.endpoints.flatMap((e) => e.lbEndpoints.map((l) => l.endpoint.address.socketAddress.address))

describe('who may leave the mesh', () => {
  const reached = (permissions: string) => addresses(translated(web + service('a') + service('b') + permissions).clusters['api'])

  it('whom the most specific permission for the service names', () => {
    expect(reached('')).toBeUndefined()
    expect(reached(allow('*', '*'))).toEqual(['a.example.com', 'b.example.com'])
    expect(reached(allow('*', '*') + allow('batch', 'api'))).toBeUndefined()
    expect(reached(allow('batch', '*') + allow('web', 'api'))).toEqual(['a.example.com', 'b.example.com'])
  })

  it('to those of the services that it names, by all their tags', () => {
    const two = service('a', '', '{kuma.io/service: api, team: x}') + service('b', '', '{kuma.io/service: api, team: y}')
    const onlyX = policy('TrafficPermission', undefined, { to: { 'kuma.io/service': 'api', team: 'x' } })
    expect(addresses(translated(web + two + onlyX).clusters['api'])).toEqual(['a.example.com'])
  })
})

describe('certificates', () => {
  const tls = (source: string) => service('a', `, tls: {enabled: true, caCert: ${source}}`)
  const ca = (yaml: string, files?: ReadonlyMap<string, Uint8Array>) => {
    const translation = createFleet(stored(yaml), { files }).translate({ mesh: 'shop', name: 'web-1' })
    const cluster = JSON.stringify([...translation.snapshot.clusters.keys()].includes('api'))
    return {
      issues: translation.issues.map(({ code, path, message }) => [code, path, message]),
      cluster,
      bytes: [...(translation.snapshot.clusters.get('api')?.bytes ?? [])],
    }
  }
  const holds = (bytes: readonly number[], text: string) => Buffer.from(bytes).includes(text)

  it('come from the text itself, from secrets of the mesh, from files that were read', () => {
    const secret = `---\ntype: Secret\nmesh: shop\nname: ca\ndata: ${btoa('CA of a secret')}\n`
    expect(holds(ca(web + allow('*', '*') + tls('{inlineString: CA in place}')).bytes, 'CA in place')).toBe(true)
    expect(holds(ca(web + allow('*', '*') + tls(`{inline: ${btoa('CA in Base64')}}`)).bytes, 'CA in Base64')).toBe(true)
    expect(holds(ca(web + allow('*', '*') + tls('{secret: ca}') + secret).bytes, 'CA of a secret')).toBe(true)
    const files = new Map([['/ca.pem', new TextEncoder().encode('CA of a file')]])
    expect(holds(ca(web + allow('*', '*') + tls('{file: /ca.pem}'), files).bytes, 'CA of a file')).toBe(true)
  })

  it("that can't be read close the way out, and say so to whoever may take it", () => {
    const missing = web + tls('{secret: ca}')
    expect(ca(missing + allow('*', '*')).issues).toEqual([
      ['unreadable-data-source', 'networking.tls.caCert', 'there is no Secret "ca" in the mesh: the external service can not be reached'],
    ])
    expect(addresses(translated(missing + allow('*', '*')).clusters['api'])).toBeUndefined()
    expect(ca(missing).issues).toEqual([])
    expect(ca(web + allow('*', '*') + tls('{file: /gone}')).issues[0]?.[2]).toContain('the content of file "/gone" is not known')
  })
})

describe('behind a zone egress', () => {
  const egress = '---\ntype: ZoneEgress\nname: egress\nnetworking: {address: 10.9.9.9, port: 10002}\n'
  const meshTls = 'mtls: {enabledBackend: ca, backends: [{name: ca, type: builtin}]}\nrouting: {zoneEgress: true}\n'
  it('clients go to the egress, as the mesh knows it', () => {
    const { clusters, endpoints } = translated(web.replace(shop(), shop(meshTls)) + service('a') + allow('*', '*') + egress)
    expect(clusters['api'].type).toBe('EDS')
    expect(endpoints['api'].endpoints[0].lbEndpoints[0].endpoint.address.socketAddress).toEqual({ address: '10.9.9.9', portValue: 10002 })
    const { matchTypedSubjectAltNames } =
      clusters['api'].transportSocket.typedConfig.commonTlsContext.combinedValidationContext.defaultValidationContext
    expect(matchTypedSubjectAltNames[0].matcher.exact).toBe('spiffe://shop/zone-egress')
  })
})
