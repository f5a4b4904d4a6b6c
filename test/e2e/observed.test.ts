import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '../../scripts/ports.js'
import { envoy } from '../with-envoy.js'
import { startOtlpCollector } from './otlp-collector.js'
import { type TwoProxies, startTwoProxies } from './two-proxies.js'

/** Access logs, traces and metrics of real requests, as the policies of the source and destination kind ask for them. */

const format = [
  '%KUMA_MESH% %KUMA_TRAFFIC_DIRECTION% %KUMA_SOURCE_SERVICE% %KUMA_SOURCE_ADDRESS_WITHOUT_PORT% %KUMA_DESTINATION_SERVICE%',
  '%REQ(:METHOD)% %REQ(:PATH)% %PROTOCOL% %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_SENT% %REQ(X-TASTE)% %UPSTREAM_CLUSTER% %UPSTREAM_HOST%',
].join(' ')

interface Span {
  readonly traceId: string
  readonly kind: string
  readonly localEndpoint: { readonly serviceName: string }
  readonly tags: Readonly<Record<string, string>>
}

describe.skipIf(envoy.missing)(`requests are observed ${envoy.reason}`, () => {
  let folder: string
  let logFile: string
  let mesh: TwoProxies
  let applicationPort: number
  let metricsPorts: { client: number; server: number }
  const servers: { close(): unknown }[] = []
  const lines: string[] = []
  const spans: Span[] = []

  async function listen<S extends net.Server>(server: S): Promise<number> {
    servers.push(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return (server.address() as AddressInfo).port
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kuma-observed-'))
    logFile = join(folder, 'access.log')
    const logReceiver = await listen(
      net.createServer((socket) => socket.setEncoding('utf8').on('data', (text) => lines.push(String(text)))),
    )
    const collector = await listen(
      http.createServer(async (request, response) => {
        const body = Buffer.concat(await request.toArray()).toString()
        if (request.method === 'POST' && request.url === '/api/v2/spans') spans.push(...(JSON.parse(body) as Span[]))
        response.writeHead(202).end()
      }),
    )
    applicationPort = await listen(http.createServer((_, response) => response.end('# TYPE orders_total counter\norders_total 7\n')))
    const [client = 0, server = 0] = await freePorts(2)
    metricsPorts = { client, server }
    const metrics = (port: number) => ({ metrics: { type: 'prometheus', conf: { port, path: '/stats' } } })
    mesh = await startTwoProxies({
      mesh: {
        mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] },
        logging: {
          backends: [
            { name: 'file', type: 'file', format, conf: { path: logFile } },
            { name: 'tcp', type: 'tcp', format, conf: { address: `127.0.0.1:${logReceiver}` } },
          ],
        },
        tracing: {
          defaultBackend: 'zipkin',
          backends: [{ name: 'zipkin', type: 'zipkin', sampling: 100, conf: { url: `http://127.0.0.1:${collector}/api/v2/spans` } }],
        },
        metrics: {
          enabledBackend: 'prometheus',
          backends: [
            {
              ...{ name: 'prometheus', type: 'prometheus' },
              conf: { skipMTLS: true, aggregate: [{ name: 'orders', port: applicationPort, path: '/metrics' }] },
            },
          ],
        },
      },
      client: metrics(client),
      server: metrics(server),
      services: { filed: [(_, response) => response.end('noted')], sent: [(_, response) => response.writeHead(404).end('no such page')] },
      policies: `
type: TrafficPermission
mesh: default
name: all
sources: [{ match: { kuma.io/service: '*' } }]
destinations: [{ match: { kuma.io/service: '*' } }]
---
type: TrafficRoute
mesh: default
name: all
sources: [{ match: { kuma.io/service: '*' } }]
destinations: [{ match: { kuma.io/service: '*' } }]
conf: { destination: { kuma.io/service: '*' } }
---
type: TrafficLog
mesh: default
name: to-file
sources: [{ match: { kuma.io/service: client } }]
destinations: [{ match: { kuma.io/service: filed } }]
conf: { backend: file }
---
type: TrafficLog
mesh: default
name: to-tcp
sources: [{ match: { kuma.io/service: '*' } }]
destinations: [{ match: { kuma.io/service: sent } }]
conf: { backend: tcp }
---
type: TrafficTrace
mesh: default
name: all
selectors: [{ match: { kuma.io/service: '*' } }]
conf: { backend: zipkin }
`,
    })
  })
  afterAll(async () => {
    await mesh?.stop()
    for (const server of servers) server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('an access log in a file', async () => {
    await mesh.ask('filed', '/menu?day=1', { 'x-taste': 'sweet' })
    const logged = () => readFileSync(logFile, 'utf8')
    await mesh.until(async () => logged().endsWith('\n'), 'nothing is in the file')
    expect(logged()).toMatch(
      /^default OUTBOUND client 127\.0\.0\.1 filed GET \/menu\?day=1 HTTP\/1\.1 200 - 5 sweet filed 127\.0\.0\.1:\d+\n$/,
    )
  })

  test('an access log at a TCP listener', async () => {
    await mesh.ask('sent', '/gone', { 'x-taste': 'sour' })
    await mesh.until(async () => lines.join('').endsWith('\n'), 'nothing has come')
    expect(lines.join('')).toMatch(
      /^default OUTBOUND client 127\.0\.0\.1 sent GET \/gone HTTP\/1\.1 404 - 12 sour sent 127\.0\.0\.1:\d+\n$/,
    )
  })

  test('spans of one trace from both proxies at a Zipkin collector', async () => {
    const traceIds = ['463ac35c9f6413ad48485a3953bb6124', '463ac35c9f6413ad48485a3953bb6125', '463ac35c9f6413ad48485a3953bb6126']
    const headers = (id: string) => ({ 'x-b3-traceid': id, 'x-b3-spanid': 'a2fb4a1d1a96d312', 'x-b3-sampled': '1' })
    for (const id of traceIds) await mesh.ask('filed', '/traced', headers(id))
    const of = (id: string) => spans.filter(({ traceId }) => traceId === id)
    await mesh.until(async () => traceIds.every((id) => of(id).length === 2), 'not all spans have come')
    const [first = ''] = traceIds
    expect(of(first).map(({ kind, localEndpoint }) => `${kind} ${localEndpoint.serviceName}`)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^CLIENT client/), expect.stringMatching(/^SERVER /)]),
    )
    expect(of(first)[0]?.tags).toMatchObject({
      'http.method': 'GET',
      'http.status_code': '200',
      'http.url': expect.stringContaining('/traced'),
    })
  })

  test('the metrics of both proxies, and of the application beside', async () => {
    for (const [name, port] of Object.entries(metricsPorts)) {
      const response = await fetch(`http://127.0.0.1:${port}/stats`)
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
      const page = (await response.text()).split('\n')
      expect(page).toContain('orders_total 7')
      const counted =
        name === 'client'
          ? /^envoy_cluster_upstream_rq_total{.*="filed",kuma_io_mesh_traffic="true"} [1-9]/
          : /^envoy_http_downstream_rq_total{.*="localhost_\d+",kuma_io_mesh_traffic="true"} [1-9]/
      expect(page.filter((line) => counted.test(line))).not.toEqual([])
      expect((await fetch(`http://127.0.0.1:${port}/else`)).status).toBe(404)
    }
  })

  test('the metrics that a MeshMetric wants to see', async () => {
    const [port = 0] = await freePorts(1)
    const otlp = await startOtlpCollector()
    servers.push(otlp)
    await mesh.session.apply(
      JSON.stringify({
        ...{ type: 'MeshMetric', mesh: 'default', name: 'client' },
        spec: {
          targetRef: { kind: 'Dataplane', name: 'client' },
          default: {
            applications: [{ name: 'orders', address: '127.0.0.1', port: applicationPort, path: '/metrics' }],
            sidecar: {
              profiles: { appendProfiles: [{ name: 'None' }], include: [{ type: 'Exact', match: 'envoy_cluster_upstream_rq_total' }] },
            },
            backends: [
              { type: 'Prometheus', prometheus: { port, path: '/metrics' } },
              { type: 'OpenTelemetry', openTelemetry: { endpoint: `127.0.0.1:${otlp.port}`, refreshInterval: '1s' } },
            ],
          },
        },
      }),
    )
    let page: string[] = []
    await mesh.until(async () => {
      page = (await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).trim().split('\n')
      return page.some((line) => line.startsWith('orders_total{'))
    }, 'the metrics that are wanted are not shown')
    expect(page.filter((line) => line.startsWith('#')).sort()).toEqual([
      '# TYPE envoy_cluster_upstream_rq_total counter',
      '# TYPE orders_total counter',
    ])
    expect(page).toContainEqual(
      expect.stringMatching(/^envoy_cluster_upstream_rq_total{.*"filed",dataplane="client",.*,mesh="default",.*} [1-9]/),
    )

    await mesh.until(async () => otlp.metrics().length === 2, 'no metrics reach the OpenTelemetry collector')
    const orders = otlp.metrics().find(({ name }) => name === 'orders_total')?.data
    const [point] = orders?.$case === 'sum' ? (orders.sum.dataPoints ?? []) : []
    expect(point?.value).toEqual({ $case: 'asDouble', asDouble: 7 })
    expect(point?.attributes?.map(({ key }) => key)).toContain('kuma.proxy_role')
  })
})
