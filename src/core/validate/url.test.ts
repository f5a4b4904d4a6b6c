import { describe, expect, test } from 'vitest'
import { isUrl } from './url.js'

describe('isUrl', () => {
  test.each([
    'otel:4317',
    '10.30.0.9:5000',
    'http://zipkin.internal:9411/api/v2/spans',
    'https://zipkin.internal/api',
    'tcp://logs:5000',
    'http://user:secret@host:80/x',
    'http://[::1]:9411/x',
    'my_agent.ns.svc.cluster.local.:5000',
    'host:80?a=b',
  ])('takes %s', (text) => expect(isUrl(text)).toBe(true))

  test.each([
    '',
    'zip',
    'zipkin',
    '/a/b',
    'foo bar',
    'http://',
    'foo://bar',
    '.foo:1',
    'host:',
    ':5000',
    'host:123456',
    'http://[zz]:1',
    '-a.b',
    'a..b',
  ])('refuses %j', (text) => expect(isUrl(text)).toBe(false))

  test('a long text is judged at once', () => {
    expect(isUrl(`${'a-'.repeat(1000)}!`)).toBe(false)
    expect(isUrl(`http://${'a'.repeat(250)}!`)).toBe(false)
  })
})
