import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Resource } from '../../core/resource.js'
import type { Store } from '../../core/store.js'
import { createMemoryStore } from '../../store/memory.js'
import { createMonitoringServer } from './server.js'

const metrics = { enabledBackend: 'p', backends: [{ name: 'p', type: 'prometheus', conf: { port: 5670, path: '/metrics' } }] }
const mesh: Resource = { type: 'Mesh', name: 'default', labels: {}, spec: { metrics } }
const dataplane = (name: string, version: string): Resource => ({
  type: 'Dataplane',
  mesh: 'default',
  name,
  labels: {},
  spec: { networking: { address: '10.0.0.1', inbound: [{ port: 80, tags: { 'kuma.io/service': 'web', version } }] } },
})

let store: Store
let app: ReturnType<typeof createMonitoringServer>
beforeEach(async () => {
  store = createMemoryStore()
  app = createMonitoringServer({ store })
  await store.write([mesh, dataplane('web-1', '1')].map((resource) => ({ op: 'put', resource })))
  await app.ready()
})
afterEach(async () => {
  await app.close()
  await store.close()
})

const ask = (version?: string, timeout = '0s') =>
  app.inject({ method: 'POST', url: `/v3/discovery:monitoringassignments?fetch-timeout=${timeout}`, payload: { version_info: version } })

test('tells which proxies to scrape, with their tags as labels', async () => {
  const { resources } = (await ask()).json()
  expect(resources).toEqual([
    {
      '@type': 'type.googleapis.com/kuma.observability.v1.MonitoringAssignment',
      mesh: 'default',
      service: 'web',
      targets: [
        {
          name: 'web-1',
          scheme: 'http',
          address: '10.0.0.1:5670',
          metrics_path: '/metrics',
          labels: { kuma_io_service: 'web', kuma_io_services: ',web,', version: '1', versions: ',1,' },
        },
      ],
    },
  ])
})

test('says nothing where nothing is new, and tells what is once it is', async () => {
  const { version_info } = (await ask()).json()
  expect((await ask(version_info)).statusCode).toBe(304)
  const waiting = ask(version_info, '20s')
  await store.write([{ op: 'put', resource: dataplane('web-2', '2') }])
  expect((await waiting).json().resources).toHaveLength(2)
})

test('only meshes with Prometheus metrics count', async () => {
  await store.write([{ op: 'put', resource: { ...mesh, spec: {} } }])
  expect((await ask()).json().resources).toEqual([])
})

test('refuses a time that is none', async () => {
  expect((await ask(undefined, 'soon')).json()).toMatchObject({ status: 400, title: 'Could not parse fetch-timeout' })
})
