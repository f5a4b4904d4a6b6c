import { once } from 'node:events'
import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AccessLogForwarder, readEntry, startAccessLogForwarder } from './access-logs.js'
import { startCompanions } from './companions.js'

const log = pino({ level: 'silent' })
let folder: string
let closing: { close(): unknown }[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuma-dp-companions-'))
  closing = []
})
afterEach(() => {
  for (const one of closing) one.close()
  rmSync(folder, { recursive: true })
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(5)
}

/** Somebody who takes access logs. */
async function receiver(port = 0): Promise<{ readonly address: string; readonly port: number; seen: () => string; close: () => void }> {
  let seen = ''
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.on('data', (data) => {
      seen += data.toString()
    })
    socket.on('error', () => {})
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  const close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  closing.push({ close })
  const taken = (server.address() as AddressInfo).port
  return { address: `127.0.0.1:${taken}`, port: taken, seen: () => seen, close }
}

describe('access logs', () => {
  test('are read in both forms', () => {
    expect(readEntry('{"address":"h:1","message":"text\\n"}')).toEqual({ address: 'h:1', message: 'text\n' })
    expect(readEntry('{"address":"h:1","message":{"a":1}}')).toEqual({ address: 'h:1', message: '{"a":1}\n' })
    expect(readEntry('h:1;text; more')).toEqual({ address: 'h:1', message: 'text; more\n' })
    for (const line of ['', 'text', '{', '{"address":1,"message":"x"}', '{"address":"h:1"}']) expect(readEntry(line)).toBeUndefined()
  })

  async function start(): Promise<{ path: string; forwarder: AccessLogForwarder }> {
    const path = join(folder, 'access.sock')
    writeFileSync(path, 'left over from another time')
    const forwarder = await startAccessLogForwarder(path, log)
    closing.push(forwarder)
    return { path, forwarder }
  }

  test('go to the address that each names', async () => {
    const { path } = await start()
    expect(statSync(path).isFIFO()).toBe(true)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const [one, other] = [await receiver(), await receiver()]
    appendFileSync(path, `${one.address};first\n{"address":"${other.address}","mess`)
    appendFileSync(path, `age":"second\\n"}\nnonsense\n${one.address};third\n`)
    await until(() => one.seen() === 'first\nthird\n' && other.seen() === 'second\n')
  })

  test('are lost while nobody takes them, and go on as soon as somebody does', async () => {
    const { path } = await start()
    const { port, address, close } = await receiver()
    close()
    appendFileSync(path, `${address};lost\nno-port;lost\n`)
    await sleep(50)
    const later = await receiver(port)
    await until(() => {
      appendFileSync(path, `${address};found\n`)
      return later.seen().includes('found')
    })
    expect(later.seen()).not.toContain('lost')
  })
})

describe('metrics', () => {
  async function serve(answer: (request: http.IncomingMessage) => [number, string]): Promise<number> {
    const server = http.createServer((request, response) => {
      const [status, body] = answer(request)
      response.writeHead(status).end(body)
    })
    closing.push(server)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return (server.address() as AddressInfo).port
  }

  test("are the application's and Envoy's on one page", async () => {
    const app = await serve(({ url, headers }) => [200, `app{path="${url}",accept="${headers.accept}"} 1\n# EOF\n`])
    const broken = await serve(() => [500, 'broken 1'])
    const source = (name: string, port: number) => ({ name, address: '127.0.0.1', port, path: '/m' })
    const admin = {
      address: { socketPath: '' },
      get: async (path: string) => ({ status: 200, body: `envoy{path="${path}"} 2\n` }),
      post: async () => ({ status: 200, body: '' }),
    }
    const companions = await startCompanions({
      ...{ workDir: folder, mesh: 'default', name: 'web-1', address: undefined, admin, refreshMs: 1000, version: '1', log },
      metrics: [source('app', app), source('broken', broken), source('gone', 1)],
    })
    closing.push(companions)
    const request = http.get({ socketPath: join(folder, 'kuma-mh-web-1-default.sock'), path: '/stats/prometheus?usedonly' })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(Buffer.concat(await response.toArray()).toString()).toBe(
      [
        'app{path="/m",accept="text/plain;version=0.0.4"} 1',
        '# TYPE envoy untyped',
        'envoy{path="/stats?usedonly=&format=prometheus&text_readouts="} 2\n',
      ].join('\n'),
    )
  })

  test('are what a MeshMetric says, once Envoy has it', async () => {
    const app = await serve(() => [200, '# TYPE app gauge\napp{mesh="mine"} 1\n# TYPE both_rq counter\nboth_rq 1\n'])
    let config = { etag: '"1"', body: 'no JSON' }
    const asked: (string | undefined)[] = []
    const envoy = http.createServer((request, response) => {
      if (request.url !== '/meshmetric') return response.writeHead(404).end()
      asked.push(request.headers['if-none-match'])
      if (request.headers['if-none-match'] === config.etag) return response.writeHead(304).end()
      return response.writeHead(200, { etag: config.etag }).end(config.body)
    })
    closing.push(envoy)
    await once(envoy.listen(join(folder, 'kuma-mesh-metric-config.sock')), 'listening')
    const stats = '# TYPE both_rq counter\nboth_rq{envoy_cluster_name="web"} 2\n# TYPE odd gauge\nodd 3\n'
    const admin = {
      address: { socketPath: '' },
      get: async (path: string) => ({ status: 200, body: path === '/stats?usedonly=&format=prometheus&text_readouts=' ? stats : '' }),
      post: async () => ({ status: 200, body: '' }),
    }
    const companions = await startCompanions({
      ...{ workDir: folder, mesh: 'default', name: 'web-2', address: '127.0.0.1', admin, refreshMs: 5, version: '1', log },
      metrics: [],
    })
    closing.push(companions)
    await until(() => asked.length > 2)
    config = {
      etag: '"2"',
      body: JSON.stringify({
        observability: {
          metrics: { applications: [{ name: 'app', port: app, path: '/m' }], extraLabels: { mesh: 'default', 'kuma.role': 'x' } },
        },
      }),
    }
    await until(() => asked.includes('"2"'))
    expect(asked.filter((etag) => etag === '"1"')).toEqual([])
    const request = http.get({ socketPath: join(folder, 'kuma-mh-web-2-default.sock'), path: '/meshmetric' })
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    expect(Buffer.concat(await response.toArray()).toString()).toBe(
      [
        ...['# TYPE app gauge', 'app{mesh="default",kuma_role="x"} 1', '# TYPE both_rq counter', 'both_rq{mesh="default",kuma_role="x"} 1'],
        'both_rq{envoy_cluster_name="web",mesh="default",kuma_role="x"} 2\n',
      ].join('\n'),
    )
  })

  test('nothing of it keeps Envoy from running', async () => {
    const companions = await startCompanions({
      workDir: join(folder, 'gone'),
      mesh: 'default',
      name: 'web-1',
      address: undefined,
      admin: undefined,
      metrics: [],
      refreshMs: 1000,
      version: '1',
      log,
    })
    companions.close()
  })
})
