import grpc from '@grpc/grpc-js'
import { afterEach, describe, expect, test } from 'vitest'
import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import { KumaError } from '../../core/errors.js'
import type { Resource } from '../../core/resource.js'
import { HealthStatus } from '../../gen/envoy/config/core/v3/health_check.js'
import type { HealthCheckRequestOrEndpointHealthResponse, HealthCheckSpecifier } from '../../gen/envoy/service/health/v3/hds.js'
import { createMemoryStore } from '../../store/memory.js'
import { type ProxyAuthenticator, trustingAuthenticator } from '../tokens/proxy-authenticator.js'
import { createHealthDiscovery } from './grpc.js'

type Call = grpc.ClientDuplexStream<HealthCheckRequestOrEndpointHealthResponse, HealthCheckSpecifier>

const mesh: Resource = { type: 'Mesh', name: 'default', labels: {}, spec: {} }
const dataplane = (servicePort: number): Resource => ({
  ...{ type: 'Dataplane', mesh: 'default', name: 'web-1', labels: {} },
  spec: {
    networking: {
      address: '10.0.0.1',
      inbound: [{ port: 80, servicePort, serviceProbe: {}, state: 'NotReady', tags: { 'kuma.io/service': 'web' } }],
    },
  },
})
const hello = (id: string): HealthCheckRequestOrEndpointHealthResponse => ({
  requestType: { $case: 'healthCheckRequest', healthCheckRequest: { node: { id } } },
})
const found = (clusterName: string, healthStatus: HealthStatus): HealthCheckRequestOrEndpointHealthResponse => ({
  requestType: {
    $case: 'endpointHealthResponse',
    endpointHealthResponse: {
      clusterEndpointsHealth: [{ clusterName, localityEndpointsHealth: [{ endpointsHealth: [{ healthStatus }] }] }],
    },
  },
})

describe('health discovery over gRPC', () => {
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  async function start(authenticator: ProxyAuthenticator = trustingAuthenticator) {
    const store = createMemoryStore()
    await store.write([mesh, dataplane(8080)].map((resource) => ({ op: 'put', resource })))
    const service = createHealthDiscovery({ store, authenticator })
    const server = new grpc.Server()
    server.addService(service.definition, service.handlers)
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
    )
    const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure())
    closing.push(
      () => server.forceShutdown(),
      () => client.close(),
    )
    const connect = () => {
      const { path, requestSerialize, responseDeserialize } = Object.values(service.definition)[0] as grpc.MethodDefinition<
        HealthCheckRequestOrEndpointHealthResponse,
        HealthCheckSpecifier
      >
      const call: Call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize)
      const told: (string | undefined)[][] = []
      const ended = new Promise<grpc.status>((resolve) => call.on('error', ({ code }: grpc.ServiceError) => resolve(code)))
      call.on('data', ({ clusterHealthChecks = [] }: HealthCheckSpecifier) =>
        told.push(clusterHealthChecks.map(({ clusterName }) => clusterName)),
      )
      return { call, told, ended }
    }
    const state = async () => {
      const stored = await store.get({ type: 'Dataplane', mesh: 'default', name: 'web-1' })
      return (stored?.resource.spec as DataplaneSpec | undefined)?.networking?.inbound?.[0]?.state
    }
    return { store, service, connect, state }
  }

  const until = async (holds: () => boolean | Promise<boolean>) => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  test('a proxy is told what to check, told anew when that changes, and believed', async () => {
    const { store, connect, state, service } = await start()
    const { call, told, ended } = connect()
    call.write(hello('default.web-1'))
    await until(() => told.length === 1)
    expect(told).toEqual([['localhost:8080']])

    call.write(found('localhost:8080', HealthStatus.HEALTHY))
    await until(async () => (await state()) === 'Ready')

    await store.write([{ op: 'put', resource: dataplane(9090) }])
    await until(() => told.length === 2)
    expect(told[1]).toEqual(['localhost:9090'])
    call.write(found('localhost:9090', HealthStatus.HEALTHY))
    await until(async () => (await state()) === 'Ready')
    call.write(found('localhost:9090', HealthStatus.TIMEOUT))
    await until(async () => (await state()) === 'NotReady')
    // What it has found is no reason to tell it the same again.
    expect(told).toHaveLength(2)

    service.close()
    expect(await ended).toBe(grpc.status.UNAVAILABLE)
  })

  test('nobody is believed who does not say or prove who it is', async () => {
    const refusing: ProxyAuthenticator = {
      required: true,
      authenticate: () => Promise.reject(new KumaError('bad-token', 'no token')),
    }
    const open = await start()
    const first = async ({ connect }: typeof open, message: HealthCheckRequestOrEndpointHealthResponse) => {
      const { call, ended } = connect()
      call.write(message)
      return ended
    }
    expect(await first(open, hello('web-1'))).toBe(grpc.status.INVALID_ARGUMENT)
    expect(await first(open, found('localhost:8080', HealthStatus.HEALTHY))).toBe(grpc.status.INVALID_ARGUMENT)
    expect(await first(open, hello('default.nobody'))).toBe(grpc.status.NOT_FOUND)
    expect(await open.state()).toBe('NotReady')
    expect(await first(await start(refusing), hello('default.web-1'))).toBe(grpc.status.UNAUTHENTICATED)
  })
})
