import { describe, expect, test } from 'vitest'
import { rawCodec } from './index.js'

const cluster = 'type.googleapis.com/envoy.config.cluster.v3.Cluster'
const listener = 'type.googleapis.com/envoy.config.listener.v3.Listener'
const manager = 'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'
const router = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router'

/** A listener with an HTTP connection manager: an Any in an Any. */
const withManager = (fields: object, routerFields: object = {}) => ({
  '@type': listener,
  name: 'in',
  filterChains: [
    {
      filters: [
        {
          name: 'hcm',
          typedConfig: {
            '@type': manager,
            statPrefix: 'in',
            ...fields,
            httpFilters: [{ name: 'router', typedConfig: { '@type': router, ...routerFields } }],
          },
        },
      ],
    },
  ],
})
const inManager = 'filterChains[0].filters[0].typedConfig'

function issuesOf(value: unknown) {
  const result = rawCodec.fromJson(value)
  return result.ok ? [] : result.issues.map(({ code, path, message }) => [code, path, message])
}

function read(value: unknown) {
  const result = rawCodec.fromJson(value)
  if (!result.ok) throw new Error(result.issues.map((issue) => `${issue.path}: ${issue.message}`).join('\n'))
  return result.message
}

describe('reading', () => {
  test('both spellings of field names, and YAML', () => {
    const camel = read({ '@type': cluster, name: 'a', connectTimeout: '1.5s', lbPolicy: 'RING_HASH' })
    const yaml = rawCodec.parse(`"@type": ${cluster}\nname: a\nconnect_timeout: 1.5s\nlb_policy: RING_HASH\n`)
    expect(yaml).toMatchObject({ ok: true, message: camel })
    expect(rawCodec.toJson(camel)).toEqual({ name: 'a', connectTimeout: '1.500s', lbPolicy: 'RING_HASH' })
  })

  test('what the text must be can be said by the caller', () => {
    expect(rawCodec.parse('name: a', cluster)).toMatchObject({ ok: true, message: { typeUrl: cluster } })
    const other = rawCodec.parse(`"@type": ${listener}\nname: a`, cluster)
    expect(other).toMatchObject({ ok: false, issues: [{ path: '@type', code: 'wrong-type' }] })
  })

  test('equal content gives equal bytes, whatever the order of keys', () => {
    const metadata = (keys: string[]) => ({ filterMetadata: Object.fromEntries(keys.map((key) => [key, { x: 1, y: 'z' }])) })
    const a = read({ '@type': cluster, name: 'a', metadata: metadata(['b', 'a', 'c']) })
    const b = read({ metadata: metadata(['c', 'b', 'a']), name: 'a', '@type': cluster })
    expect(a.bytes).toEqual(b.bytes)
  })

  test('fields that are younger than the protos of the dev dependency', () => {
    const json = { match: { prefix: '/', cookies: [{ name: 'a', stringMatch: { exact: 'b' } }] }, requestBodyBufferLimit: '5' }
    expect(rawCodec.toJson(read({ '@type': 'envoy.config.route.v3.Route', ...json }))).toEqual(json)
  })

  test('64-bit numbers keep their value', () => {
    const json = { name: 'a', ringHashLbConfig: { minimumRingSize: '9007199254740993' } }
    expect(rawCodec.toJson(read({ '@type': cluster, ...json }))).toEqual(json)
  })

  test.each([
    ['an unknown field', { '@type': cluster, conectTimeout: '1s' }, 'unknown-field', 'conectTimeout', /did you mean "connectTimeout"/],
    [
      'an unknown field in an Any in an Any',
      withManager({}, { startChildSpam: true }),
      'unknown-field',
      `${inManager}.httpFilters[0].typedConfig.startChildSpam`,
      /did you mean "startChildSpan"/,
    ],
    ['a wrong type', withManager({ statPrefix: 5 }), 'invalid-value', `${inManager}.statPrefix`, /expected string: 5/],
    ['an object where a list belongs', withManager({ accessLog: {} }), 'wrong-type', `${inManager}.accessLog`, /must be a list/],
    [
      'an unknown enum name',
      { '@type': cluster, lbPolicy: 'FASTEST' },
      'invalid-value',
      'lbPolicy',
      /unknown enum value.*allowed: ROUND_ROBIN, LEAST_REQUEST/,
    ],
    ['an invalid duration', { '@type': cluster, connectTimeout: '5 seconds' }, 'invalid-value', 'connectTimeout', /invalid duration/],
    [
      'two members of a oneof',
      withManager({ rds: { routeConfigName: 'r' }, route_config: {} }),
      'oneof-conflict',
      `${inManager}.route_config`,
      /beside "rds"/,
    ],
    [
      'one field twice',
      { '@type': cluster, connectTimeout: '1s', connect_timeout: '1s' },
      'duplicate-field',
      'connect_timeout',
      /same field as "connectTimeout"/,
    ],
    ['an unknown message type', { '@type': 'type.googleapis.com/envoy.Nothing' }, 'unknown-type', '@type', /no message type is known/],
    [
      'an Any without a type',
      { '@type': cluster, transportSocket: { name: 'tls', typedConfig: { sni: 'a' } } },
      'missing-type',
      'transportSocket.typedConfig.@type',
      /must say which/,
    ],
    [
      'a value in a map',
      { '@type': cluster, metadata: { filterMetadata: { 'a.b': 5 } } },
      'invalid-value',
      'metadata.filterMetadata["a.b"]',
      /must be an object/,
    ],
    ['no object at all', [], 'missing-type', '@type', /must say which/],
  ])('%s is refused with its path', (_, value, code, path, message) => {
    expect(issuesOf(value)).toEqual([[code, path, expect.stringMatching(message)]])
  })

  test('all faults at once', () => {
    expect(issuesOf(withManager({ statPrefix: 5, codecType: 'HTTP9' })).map(([, path]) => path)).toEqual([
      `${inManager}.statPrefix`,
      `${inManager}.codecType`,
    ])
  })

  test.each([
    ['not YAML', '{a: [', /./],
    ['a duplicate key', `"@type": ${cluster}\nname: a\nname: b`, /unique/],
    ['several documents', `"@type": ${cluster}\n---\n"@type": ${cluster}`, /document/],
  ])('%s is refused', (_, text, message) => {
    expect(rawCodec.parse(text)).toMatchObject({ ok: false, issues: [{ code: 'invalid-yaml', message: expect.stringMatching(message) }] })
  })
})

describe('printing', () => {
  test('bytes that are no such message, and unknown types', () => {
    expect(() => rawCodec.toJson({ typeUrl: cluster, bytes: new Uint8Array([0xff]) })).toThrow(
      expect.objectContaining({ code: 'invalid-message' }),
    )
    expect(() => rawCodec.toJson({ typeUrl: 'envoy.Nothing', bytes: new Uint8Array() })).toThrow(/no message type is known/)
  })
})

describe('rules of the API', () => {
  const broken = (value: unknown) => rawCodec.validate(read(value)).map(({ path, message }) => `${path}: ${message}`)

  test('what complies has no issues', () => {
    expect(broken(withManager({ routeConfig: { name: 'r' } }))).toEqual([])
  })

  test.each([
    ['a required text', withManager({ statPrefix: '', routeConfig: {} }), [`${inManager}.statPrefix: must not be empty`]],
    ['a required oneof', withManager({}), [`${inManager}: one of rds, routeConfig, scopedRoutes must be set`]],
    [
      'a required message',
      { '@type': cluster, name: 'a', healthChecks: [{ timeout: '1s', interval: '1s', unhealthyThreshold: 1, tcpHealthCheck: {} }] },
      ['healthChecks[0].healthyThreshold: must be set'],
    ],
    [
      'a limit',
      { '@type': cluster, name: 'a', leastRequestLbConfig: { choiceCount: 1 } },
      ['leastRequestLbConfig.choiceCount: must be at least 2, found 1'],
    ],
    ['a duration', { '@type': cluster, name: 'a', connectTimeout: '-1s' }, ['connectTimeout: must be greater than 0s, found -1']],
    ['a list', { '@type': 'envoy.config.route.v3.VirtualHost', name: 'a' }, ['domains: must have at least 1 item']],
    [
      'an item of a list',
      { '@type': 'envoy.config.route.v3.VirtualHost', name: 'a', domains: ['a\nb'] },
      [expect.stringMatching(/^domains\[0\]: must be an HTTP header value/)],
    ],
    ['an open enum', { '@type': cluster, name: 'a', lbPolicy: 77 }, [expect.stringMatching(/^lbPolicy: must be one of ROUND_ROBIN/)]],
    [
      'listed values',
      { '@type': router, strictCheckHeaders: ['x-nothing'] },
      [expect.stringMatching(/^strictCheckHeaders\[0\]: must be one of x-envoy-upstream-rq-timeout-ms/)],
    ],
  ])('%s', (_, value, issues) => {
    expect(broken(value)).toEqual(issues)
  })
})
