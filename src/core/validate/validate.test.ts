import { describe, expect, test } from 'vitest'
import { isAddress, isIp, sameIp } from './address.js'
import { label1035Faults, labelKeyFaults, labelValueFaults, subdomainFaults } from './kubernetes-names.js'
import { checkAtLeast, checkBandwidth, checkDurationGreaterThan, checkPercentage, numberOf } from './numbers.js'
import { checkMatch, spiffeFault } from './spiffe.js'
import { checkSelector, checkTags, requireProtocol } from './tags.js'
import { parseRequestUri, splitHostPort } from './url.js'
import { type Place, collect } from './violations.js'

const faults = (check: (at: Place) => void) => {
  const at = collect('x')
  check(at)
  return at.violations.map(({ path, message }) => `${path}: ${message}`)
}

test('places write paths as the API does', () => {
  const root = collect()
  root.field('to').index(0).field('tags').key('kuma.io/service').add('a')
  root.join('[2].b').add('b')
  collect('spec', root.violations).join('').add('c')
  expect(root.violations).toEqual([
    { path: 'to[0].tags["kuma.io/service"]', message: 'a' },
    { path: '[2].b', message: 'b' },
    { path: 'spec', message: 'c' },
  ])
})

describe('addresses', () => {
  test.each(['127.0.0.1', '::', '::1', '2001:db8::1', '1:2:3:4:5:6:7:8', '::ffff:10.0.0.1', 'fe80::'])('%s is one', (text) =>
    expect(isIp(text)).toBe(true),
  )
  test.each(['', '1.2.3', '1.2.3.256', '01.2.3.4', ':::', '1::2::3', '12345::', '1:2:3:4:5:6:7', 'g::', 'host'])('%s is none', (text) =>
    expect(isIp(text)).toBe(false),
  )
  test('the same address in other words', () => {
    expect(sameIp('::ffff:127.0.0.1', '127.0.0.1')).toBe(true)
    expect(sameIp('0:0:0:0:0:0:0:1', '::1')).toBe(true)
    expect(sameIp('a', 'a')).toBe(false)
  })
  test.each([
    ['host.example', true],
    ['a_b', true],
    ['-a', false],
    ['a..b', false],
    ['', false],
  ])('name %j: %s', (text, is) => expect(isAddress(text)).toBe(is))
})

describe('URLs', () => {
  test.each([
    ['http://zipkin:9411/api', { scheme: 'http', host: 'zipkin', port: '9411', path: '/api' }],
    ['http://[::1]:80', { scheme: 'http', host: '::1', port: '80', path: '' }],
    ['http://zipkin', { scheme: 'http', host: 'zipkin', port: '', path: '' }],
    ['/health?x=1', { scheme: '', host: '', port: '', path: '/health?x=1' }],
    ['health', undefined],
    ['x y', undefined],
    ['', undefined],
    ['http://h:p/', undefined],
  ])('%j', (text, parsed) => expect(parseRequestUri(text)).toEqual(parsed))

  test.each([
    ['host:80', { host: 'host', port: '80' }],
    ['[::1]:80', { host: '::1', port: '80' }],
    [':80', { host: '', port: '80' }],
    ['host', undefined],
    ['::1:80', undefined],
  ])('%j', (text, parsed) => expect(splitHostPort(text)).toEqual(parsed))
})

describe('tags', () => {
  test('values of selectors may be all, those of tags not', () => {
    expect(faults((at) => checkSelector(at, { a: '*', b: 'x/y' }))).toEqual([])
    expect(faults((at) => checkTags(at, { a: '*' }))).toEqual([
      'x["a"]: tag value must consist of alphanumeric characters, dots, dashes and underscores',
    ])
  })
  test('service, protocol', () => {
    expect(faults((at) => checkTags(at, { 'kuma.io/service': 'a' }, { forbidService: true }))).toEqual([
      'x: "kuma.io/service" must not be defined',
    ])
    expect(faults((at) => checkTags(at, {}, { extra: requireProtocol('http') }))).toEqual(['x: protocol must be specified'])
    expect(faults((at) => checkTags(at, { 'kuma.io/protocol': 'HTTP' }, { extra: requireProtocol('http') }))).toEqual([])
  })
})

test('Kubernetes names and labels', () => {
  expect(subdomainFaults('a.b-c')).toEqual([])
  expect(subdomainFaults('A')[0]).toMatch(
    /^a lowercase RFC 1123 subdomain must consist .* \(e\.g\. 'example\.com', regex used for validation is '/,
  )
  expect(label1035Faults('1a')).toHaveLength(1)
  expect(labelKeyFaults('kuma.io/zone')).toEqual([])
  expect(labelKeyFaults('/zone')).toEqual(['prefix part must be non-empty'])
  expect(labelKeyFaults('a/b/c')[0]).toMatch(/^a valid label key must consist/)
  expect(labelKeyFaults('')).toHaveLength(2)
  expect(labelValueFaults('')).toEqual([])
  expect(labelValueFaults(`${'a'.repeat(64)}!`)).toHaveLength(2)
})

test('numbers', () => {
  expect(numberOf('33.3')).toBe(33.3)
  expect(numberOf('x')).toBeUndefined()
  expect(faults((at) => checkPercentage(at, '101', { zero: true }))).toEqual(['x: must be in inclusive range [0.0, 100.0]'])
  expect(faults((at) => checkPercentage(at, 0, { zero: false }))).toEqual(['x: must be greater than 0'])
  expect(faults((at) => checkAtLeast(at, 0, 1))).toEqual(['x: must be greater or equal then: 1'])
  expect(faults((at) => checkDurationGreaterThan(at, '50ms', 50_000_000n))).toEqual(['x: must be greater than: 50ms'])
  expect(faults((at) => checkBandwidth(at, '50 mbps'))).toEqual(['x: must be in kbps/Mbps/Gbps units'])
})

test.each([
  ['spiffe://mesh/service', undefined],
  ['spiffe://mesh', undefined],
  ['', 'cannot be empty'],
  ['mesh/service', 'scheme is missing or invalid'],
  ['spiffe:///x', 'trust domain is missing'],
  ['spiffe://Mesh/x', 'trust domain characters are limited to lowercase letters, numbers, dots, dashes, and underscores'],
  ['spiffe://mesh/', 'path cannot have a trailing slash'],
  ['spiffe://mesh//x', 'path cannot contain empty segments'],
  ['spiffe://mesh/../x', 'path cannot contain dot segments'],
  ['spiffe://mesh/a b', 'path segment characters are limited to letters, numbers, dots, dashes, and underscores'],
])('SPIFFE id %j', (id, fault) => {
  expect(spiffeFault(id)).toBe(fault)
  const found = faults((at) => checkMatch(at, { spiffeID: { type: 'Exact', value: id } }))
  expect(found).toEqual(fault === undefined ? [] : [`x.spiffeID: must be a valid Spiffe ID: ${fault}`])
})
