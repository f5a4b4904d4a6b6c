import { expect, test } from 'vitest'
import type { Resource } from '../core/resource.js'
import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import { createFleet } from './fleet.js'

const mesh: Resource = { type: 'Mesh', name: 'default', labels: {}, spec: {} }
const networking = { address: '10.0.0.1', inbound: [{ port: 8080, tags: { 'kuma.io/service': 'web' } }] }
const dataplane: Resource = { type: 'Dataplane', mesh: 'default', name: 'web-1', labels: {}, spec: { networking } }
const ports = { 'dataplane.admin.port': '9901', 'dataplane.readinessReporter.port': '9902' }

function addressOf(cluster: string, metadata: Record<string, unknown>) {
  const { snapshot } = createFleet([mesh, dataplane]).translate({ mesh: 'default', name: 'web-1' }, { metadata })
  const message = snapshot.clusters.get(cluster)?.message as Cluster | undefined
  const host = message?.loadAssignment?.endpoints?.[0]?.lbEndpoints?.[0]?.hostIdentifier
  return host?.$case === 'endpoint' ? host.endpoint.address?.address : undefined
}

test('the admin interface is reached at its port, or at the socket that takes its place', () => {
  const port = (portValue: number) => ({ socketAddress: { address: '127.0.0.1', portSpecifier: { portValue } } })
  expect(addressOf('kuma:envoy:admin', ports)).toMatchObject(port(9901))
  const bySocket = { ...ports, 'dataplane.admin.socketPath': '/run/kuma/kuma-envoy-admin.sock' }
  expect(addressOf('kuma:envoy:admin', bySocket)).toMatchObject({ pipe: { path: '/run/kuma/kuma-envoy-admin.sock' } })
  expect(addressOf('kuma:readiness', bySocket)).toMatchObject(port(9902))
})
