import { describe, expect, it } from 'vitest'
import type { ZoneIngressSpec } from '../core/kinds/zone-ingress.js'
import type { Resource } from '../core/resource.js'
import { ingressEndpoints } from './ingress-endpoints.js'

const offer = (service: string, instances: number, more: object = {}) => ({
  mesh: 'shop',
  instances,
  tags: { 'kuma.io/service': service, 'kuma.io/zone': 'b' },
  ...more,
})
const ingress = (spec: Partial<ZoneIngressSpec>, name = 'door'): Resource<ZoneIngressSpec> => ({
  type: 'ZoneIngress',
  name,
  creationTime: '2024-01-01T00:00:00Z',
  modificationTime: '2024-01-01T00:00:00Z',
  labels: {},
  spec: { zone: 'b', networking: { advertisedAddress: '192.0.2.1', advertisedPort: 10001 }, ...spec },
})
const options = { mesh: 'shop', localZone: 'a', localityAware: false }
const places = (ingresses: Resource<ZoneIngressSpec>[], more: object = {}) => {
  const { endpoints, instances } = ingressEndpoints(ingresses, { ...options, ...more })
  const written = [...endpoints].map(([service, list]) => [
    service,
    list.map(({ address, port, weight }) => `${address}:${port} x${weight}`),
  ])
  return { ...Object.fromEntries(written), instances }
}

describe('endpoints behind ingresses of other zones', () => {
  it('weigh as much as the instances behind them', () => {
    expect(places([ingress({ availableServices: [offer('web', 3), offer('web', 1)] })])).toEqual({
      web: ['192.0.2.1:10001 x3', '192.0.2.1:10001 x1'],
      instances: 1,
    })
  })

  it('are not those of this zone, of other meshes, or of ingresses that nobody outside can dial', () => {
    const availableServices = [offer('web', 1)]
    const hidden = [
      ingress({ zone: 'a', availableServices }),
      ingress({ zone: '', availableServices }),
      ingress({ networking: { address: '10.0.0.1', port: 10001 }, availableServices }),
      ingress({ networking: { advertisedAddress: '192.0.2.1' }, availableServices }),
    ]
    expect(places(hidden)).toEqual({ instances: 0 })
    expect(places([ingress({ availableServices: [offer('web', 1, { mesh: 'office' })] })])).toEqual({ instances: 1 })
  })

  it('count once where two ingresses share an address, by the first that offers something', () => {
    const twins = [ingress({}), ingress({ availableServices: [offer('web', 2)] }), ingress({ availableServices: [offer('web', 7)] })]
    expect(places(twins)).toEqual({ web: ['192.0.2.1:10001 x2'], instances: 1 })
  })

  it('are the egresses of the zone where those stand between, none where there are none', () => {
    const far = [ingress({ availableServices: [offer('web', 3)] })]
    const egresses = [
      { address: '10.0.0.7', port: 10002 },
      { address: '10.0.0.8', port: 10002 },
    ]
    expect(places(far, { egresses })).toEqual({ web: ['10.0.0.7:10002 x1', '10.0.0.8:10002 x1'], instances: 1 })
    expect(places(far, { egresses: [] })).toEqual({ web: [], instances: 1 })
  })

  it('come after the local ones where locality counts', () => {
    const locality = (localityAware: boolean) =>
      ingressEndpoints([ingress({ availableServices: [offer('web', 1)] })], { ...options, localityAware }).endpoints.get('web')?.[0]
        ?.locality
    expect(locality(true)).toEqual({ zone: 'b', priority: 1 })
    expect(locality(false)?.priority ?? 0).toBe(0)
  })
})
