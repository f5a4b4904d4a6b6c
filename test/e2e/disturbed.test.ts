import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { envoy } from '../with-envoy.js'
import { type Application, type TwoProxies, startTwoProxies } from './two-proxies.js'

/** What the policies of the source and destination kind do to real requests: faults, second tries, limits, the healthy only. */

const says =
  (text: string, status = 200): Application =>
  (_, response) =>
    response.writeHead(status).end(text)

const policy = (type: string, service: string, conf: object) =>
  JSON.stringify({
    ...{ type, mesh: 'default', name: service },
    sources: [{ match: { 'kuma.io/service': 'client', ...(type === 'FaultInjection' && { 'kuma.io/protocol': 'http' }) } }],
    destinations: [{ match: { 'kuma.io/service': service, ...(type === 'FaultInjection' && { 'kuma.io/protocol': 'http' }) } }],
    conf,
  })

describe.skipIf(envoy.missing)(`requests are disturbed and helped ${envoy.reason}`, () => {
  let mesh: TwoProxies
  let asked = 0
  const shaky: Application = (_, response) => {
    asked += 1
    response.writeHead(asked < 3 ? 503 : 200).end(`try ${asked}`)
  }

  beforeAll(async () => {
    mesh = await startTwoProxies({
      services: {
        delayed: [says('late')],
        aborted: [says('never')],
        shaky: [shaky],
        uneven: [says('good'), says('bad', 500)],
        limited: [says('enough')],
        silent: [() => {}],
        checked: [says('well'), (request, response) => response.writeHead(request.url === '/health' ? 503 : 200).end('ill')],
        moved: [says('old home')],
        home: [(request, response) => response.end(`new home, ${request.url}, ${request.headers['x-moved']}`)],
      },
      policies: [
        JSON.stringify({
          ...{ type: 'TrafficRoute', mesh: 'default', name: 'all' },
          sources: [{ match: { 'kuma.io/service': '*' } }],
          destinations: [{ match: { 'kuma.io/service': '*' } }],
          conf: { destination: { 'kuma.io/service': '*' } },
        }),
        policy('TrafficRoute', 'moved', {
          http: [
            {
              match: { path: { prefix: '/new' } },
              modify: { path: { rewritePrefix: '/elm' }, requestHeaders: { add: [{ name: 'x-moved', value: 'yes' }] } },
              destination: { 'kuma.io/service': 'home' },
            },
          ],
          destination: { 'kuma.io/service': 'moved' },
        }),
        policy('FaultInjection', 'delayed', { delay: { percentage: 100, value: '0.3s' } }),
        policy('FaultInjection', 'aborted', { abort: { percentage: 100, httpStatus: 418 } }),
        policy('Retry', 'shaky', {
          http: { numRetries: 4, retryOn: ['gateway_error'], backOff: { baseInterval: '0.01s', maxInterval: '0.02s' } },
        }),
        policy('CircuitBreaker', 'uneven', {
          ...{ interval: '3600s', baseEjectionTime: '3600s', maxEjectionPercent: 50 },
          detectors: { totalErrors: { consecutive: 2 } },
        }),
        policy('RateLimit', 'limited', {
          http: { requests: 2, interval: '3600s', onRateLimit: { status: 429, headers: [{ key: 'x-limited', value: 'yes' }] } },
        }),
        policy('Timeout', 'silent', { http: { requestTimeout: '0.2s' } }),
        policy('HealthCheck', 'checked', {
          ...{ interval: '1s', timeout: '5s', noTrafficInterval: '1s', unhealthyThreshold: 1, healthyThreshold: 1 },
          http: { path: '/health', expectedStatuses: [200] },
        }),
      ].join('\n---\n'),
    })
  })
  afterAll(() => mesh?.stop())

  /** What each of ten requests gets, each once. */
  async function tenAnswers(service: string): Promise<string[]> {
    const answers: string[] = []
    for (let i = 0; i < 10; i++) answers.push((await mesh.ask(service)).text)
    return [...new Set(answers)]
  }

  test('a FaultInjection delays a request', async () => {
    const began = performance.now()
    expect(await mesh.ask('delayed')).toMatchObject({ status: 200, text: 'late' })
    // Never earlier, however fast the machine is.
    expect(performance.now() - began).toBeGreaterThan(290)
    expect(await mesh.admin('server', '/stats?filter=fault.delays_injected')).toMatch(/delays_injected: 1\n/)
  })

  test('a FaultInjection aborts a request', async () => {
    expect(await mesh.ask('aborted')).toMatchObject({ status: 418, text: 'fault filter abort' })
  })

  test('a Retry asks again until it works', async () => {
    expect(await mesh.ask('shaky')).toMatchObject({ status: 200, text: 'try 3' })
  })

  test('a CircuitBreaker leaves out the endpoint that fails', async () => {
    await mesh.until(async () => {
      await mesh.ask('uneven')
      return /ejections_active: 1\n/.test(await mesh.admin('client', '/stats?filter=^cluster.uneven.outlier_detection.ejections_active'))
    }, 'the failing endpoint is not left out')
    expect(await tenAnswers('uneven')).toEqual(['good'])
  })

  test('a HealthCheck leaves out the endpoint that is not well', async () => {
    // Before they are checked for the first time, both count as ill.
    await mesh.until(async () => {
      const hosts = await mesh.admin('client', '/clusters')
      const flags = [...hosts.matchAll(/^checked::.*::health_flags::(.*)$/gm)].map(([, flag]) => flag)
      return flags.sort().join() === '/failed_active_hc,healthy'
    }, 'not one of the two is found ill')
    expect(await tenAnswers('checked')).toEqual(['well'])
  })

  test('a RateLimit refuses what is too much', async () => {
    const answers = [await mesh.ask('limited'), await mesh.ask('limited'), await mesh.ask('limited')]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(answers[2]?.headers.get('x-limited')).toBe('yes')
  })

  test('a Timeout ends the waiting', async () => {
    expect(await mesh.ask('silent')).toMatchObject({ status: 504, text: 'upstream request timeout' })
  })

  test('a TrafficRoute sends requests elsewhere, changed', async () => {
    expect((await mesh.ask('moved', '/new/street')).text).toBe('new home, /elm/street, yes')
    expect((await mesh.ask('moved', '/street')).text).toBe('old home')
  })
})
