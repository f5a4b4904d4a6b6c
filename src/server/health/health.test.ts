import { describe, expect, test } from 'vitest'
import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import { HealthStatus } from '../../gen/envoy/config/core/v3/health_check.js'
import type { EndpointHealthResponse } from '../../gen/envoy/service/health/v3/hds.js'
import { healthChecks } from './checks.js'
import { withHealth } from './report.js'

type Inbound = NonNullable<NonNullable<DataplaneSpec['networking']>['inbound']>[number]

const spec = (...inbound: Inbound[]): DataplaneSpec => ({ networking: { address: '10.0.0.1', inbound } })
const dataplane = (...inbound: Inbound[]) => ({ type: 'Dataplane', mesh: 'default', name: 'web-1', labels: {}, spec: spec(...inbound) })

describe('what a proxy is to check', () => {
  const checks = (metadata: object, ...inbound: Inbound[]) => healthChecks(dataplane(...inbound), { ...metadata }, 5).clusterHealthChecks

  test('is itself, at its admin interface', () => {
    expect(checks({ 'dataplane.admin.port': '9901' }, { port: 80 })).toMatchObject([
      {
        clusterName: 'kuma:envoy:admin',
        localityEndpoints: [
          { endpoints: [{ address: { address: { socketAddress: { address: '127.0.0.1', portSpecifier: { portValue: 9901 } } } } }] },
        ],
        healthChecks: [{ timeout: { seconds: 2 }, interval: { seconds: 1 }, healthChecker: { httpHealthCheck: { path: '/ready' } } }],
      },
    ])
    expect(checks({ 'dataplane.admin.socketPath': '/tmp/a.sock' })?.[0]?.localityEndpoints?.[0]?.endpoints?.[0]?.address).toEqual({
      address: { $case: 'pipe', pipe: { path: '/tmp/a.sock' } },
    })
  })

  test('and each application with a service probe', () => {
    const probe = { interval: '3s', timeout: '0.5s', healthyThreshold: 2, unhealthyThreshold: 4, tcp: {} }
    expect(
      checks({}, { port: 80, servicePort: 8080, serviceProbe: probe }, { port: 81 }, { port: 82, serviceAddress: '::1', serviceProbe: {} }),
    ).toMatchObject([
      {
        clusterName: 'localhost:8080',
        localityEndpoints: [
          { endpoints: [{ address: { address: { socketAddress: { address: '10.0.0.1', portSpecifier: { portValue: 8080 } } } } }] },
        ],
        healthChecks: [
          {
            ...{ interval: { seconds: 3 }, timeout: { nanos: 500_000_000 }, healthyThreshold: 2, unhealthyThreshold: 4 },
            healthChecker: { $case: 'tcpHealthCheck' },
          },
        ],
      },
      {
        clusterName: 'localhost:82',
        localityEndpoints: [{ endpoints: [{ address: { address: { socketAddress: { address: '::1' } } } }] }],
        healthChecks: [{ interval: { seconds: 1 }, healthyThreshold: 1 }],
      },
    ])
  })
})

describe('what a proxy found', () => {
  const report = (found: Readonly<Record<string, HealthStatus>>): EndpointHealthResponse => ({
    clusterEndpointsHealth: Object.entries(found).map(([clusterName, healthStatus]) => ({
      clusterName,
      localityEndpointsHealth: [{ endpointsHealth: [{ healthStatus }] }],
    })),
  })
  const states = (found: Readonly<Record<string, HealthStatus>>, ...inbound: Inbound[]) =>
    withHealth(spec(...inbound), report(found))?.networking?.inbound?.map(({ state, health }) => `${state} ${health?.ready}`)
  const { HEALTHY, UNHEALTHY, TIMEOUT, UNKNOWN } = HealthStatus

  test('makes inbounds ready, and those of others not', () => {
    const pair: Inbound[] = [{ port: 80, state: 'NotReady', health: {} }, { port: 81 }]
    expect(states({ 'localhost:80': HEALTHY, 'localhost:81': TIMEOUT }, ...pair)).toEqual(['Ready true', 'NotReady false'])
    expect(states({ 'localhost:80': UNKNOWN }, ...pair)).toEqual(['Ready true', 'undefined undefined'])
  })

  test('changes nothing that is so already, or is to be ignored', () => {
    expect(states({ 'localhost:80': HEALTHY }, { port: 80 })).toBeUndefined()
    expect(states({ 'localhost:80': UNHEALTHY }, { port: 80, state: 'NotReady' })).toBeUndefined()
    expect(states({ 'localhost:80': UNHEALTHY }, { port: 80, state: 'Ignored' })).toBeUndefined()
    expect(states({}, { port: 80 })).toBeUndefined()
    expect(withHealth({}, report({ 'kuma:envoy:admin': UNHEALTHY }))).toBeUndefined()
  })

  test('of itself holds for all inbounds: a proxy that drains has none that are ready', () => {
    for (const cluster of ['kuma:envoy:admin', 'system_envoy_admin'])
      expect(states({ [cluster]: UNHEALTHY, 'localhost:80': HEALTHY }, { port: 80 }, { port: 81 })).toEqual([
        'NotReady false',
        'NotReady false',
      ])
  })
})
