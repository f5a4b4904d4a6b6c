import { expect, test } from 'vitest'
import { parse } from '../core/parse.js'
import type { Resource } from '../core/resource.js'
import { createFleet } from './fleet.js'
import { registry } from './kinds.js'

const text = (mode: string) => `
type: Mesh
name: default
meshServices: {mode: ${mode}}
---
type: Dataplane
mesh: default
name: caller.demo
networking:
  address: 10.0.0.1
  inbound: [{port: 8080, tags: {kuma.io/service: caller_demo_svc_80}}]
  transparentProxying: {redirectPortInbound: 15006, redirectPortOutbound: 15001}
---
type: Dataplane
mesh: default
name: redis.demo
networking:
  address: 10.0.0.2
  inbound: [{port: 6379, tags: {kuma.io/service: redis_demo_svc_6379, app: redis}}]
---
type: MeshService
mesh: default
name: redis
spec: {selector: {dataplaneTags: {app: redis}}, ports: [{port: 6379}]}
status: {vips: [{ip: 10.96.0.10}]}
`

const kept: Resource = {
  ...{ type: 'VirtualAddresses', mesh: 'default', name: 'cluster-vips', labels: {} },
  spec: { clusterOutbounds: [{ address: '10.96.0.10', port: 6379, tags: { 'kuma.io/service': 'redis_demo_svc_6379' } }] },
}

function listenersOf(mode: string): string[] {
  const { resources } = parse(text(mode), registry)
  const withServices = mode === 'Disabled' ? resources.filter(({ type }) => type !== 'MeshService') : resources
  const fleet = createFleet([...withServices, kept])
  const { snapshot } = fleet.translate({ type: 'Dataplane', mesh: 'default', name: 'caller.demo' })
  return [...snapshot.listeners.keys()].filter((name) => name.includes('10.96.0.10'))
}

test('a Service is dialled at the address that the cluster gave it', () => {
  expect(listenersOf('Disabled')).toEqual(['outbound:10.96.0.10:6379'])
})

test('where it is a MeshService too, there is one listener at its address', () => {
  expect(listenersOf('Everywhere')).toEqual(['outbound:10.96.0.10:6379'])
})
