import { expect, it } from 'vitest'
import { routeAll, shop, stored } from '../../../../test/translated.js'
import { placeholderIdentity, snapshotJson } from '../../../protojson/index.js'
import { createFleet } from '../../fleet.js'

const remote = (zone: string, address: string) =>
  `---\ntype: ZoneIngress\nname: ${zone}\nzone: ${zone}\n` +
  `networking: {address: ${address}, port: 10001, advertisedAddress: ${address}, advertisedPort: 10001}\n` +
  `availableServices: [{mesh: shop, instances: 1, tags: {kuma.io/service: orders, kuma.io/zone: ${zone}}}]\n`

const world = shop(
  'mtls: {enabledBackend: ca, backends: [{name: ca, type: builtin}]}\nrouting: {zoneEgress: true}\n' +
    '---\ntype: ZoneEgress\nname: exit\nnetworking: {address: 10.0.9.2, port: 10002}\n' +
    remote('east', '192.0.2.1') +
    remote('west', '192.0.2.2') +
    '---\ntype: MeshExternalService\nmesh: shop\nname: bank\n' +
    'spec: {match: {type: HostnameGenerator, port: 80, protocol: http}, endpoints: [{address: 198.51.100.7, port: 80}]}\n',
)

const strategy = (top: string, conf: string) =>
  `---\ntype: MeshLoadBalancingStrategy\nmesh: shop\nname: l\nspec: {targetRef: ${top}, to: [{targetRef: {kind: Mesh}, default: ${conf}}]}\n`

function exit(policy: string) {
  const { snapshot } = createFleet(stored(world + routeAll + policy)).translate(
    { name: 'exit' },
    { identity: placeholderIdentity(['shop']) },
  )
  const { listeners = {}, clusters = {}, endpoints = {} } = snapshotJson(snapshot) as any
  const orders = endpoints['shop:orders'].endpoints.map(({ locality, priority = 0 }: any) => `${locality.zone} p${priority}`)
  const [bank] = Object.values<any>(clusters).filter(({ name }) => name.includes('bank'))
  const text = JSON.stringify(listeners)
  return { orders, bank: bank.lbPolicy, hashes: text.split('"hashPolicy"').length - 1 }
}

const west = '{localityAwareness: {crossZone: {failover: [{to: {type: Only, zones: [west]}}]}}}'

it('an egress sends clients only to the zones that their mesh fails over to', () => {
  expect(exit('').orders).toEqual(['east p0', 'west p0'])
  expect(exit(strategy('{kind: Mesh}', west)).orders).toEqual(['west p1'])
})

it('what is said to some clients is nothing to an egress, which serves all', () => {
  expect(exit(strategy('{kind: MeshSubset, tags: {kuma.io/service: web}}', west)).orders).toEqual(['east p0', 'west p0'])
})

it('MeshExternalServices are balanced by the egress in front of them', () => {
  const conf = '{loadBalancer: {type: RingHash}, hashPolicies: [{type: Header, header: {name: x-user}}]}'
  expect(exit(strategy('{kind: Mesh}', conf))).toMatchObject({ bank: 'RING_HASH', hashes: 1 })
  expect(exit('')).toMatchObject({ bank: undefined, hashes: 0 })
})
