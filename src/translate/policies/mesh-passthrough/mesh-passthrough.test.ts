import { describe, expect, it } from 'vitest'
import { cidrRange } from './cidr.js'
import { inspectors } from './inspectors.js'
import { contestedPorts, matchersOf } from './matchers.js'
import type { PassthroughMatch } from './schema.js'
import { validatePassthrough } from './validate.js'

const domain = (value: string, protocol: PassthroughMatch['protocol'] = 'tls', port?: number): PassthroughMatch => ({
  type: 'Domain',
  value,
  protocol,
  port,
})
const address = (value: string, protocol: PassthroughMatch['protocol'] = 'tcp', port?: number): PassthroughMatch => ({
  type: value.includes('/') ? 'CIDR' : 'IP',
  value,
  protocol,
  port,
})

describe('what a MeshPassthrough refuses', () => {
  const faults = (...appendMatch: PassthroughMatch[]) =>
    validatePassthrough({ default: { appendMatch } }).map(
      ({ path, message }) => `${path.replace('spec.default.appendMatch', '')}: ${message}`,
    )

  it('domains that are none, or are too wide for their protocol', () => {
    expect(faults(domain('*example.com'))).toEqual([
      '[0].value: provided DNS has incorrect value, partial wildcard is currently not supported',
    ])
    expect(faults(domain('-a'))).toEqual(['[0].value: provided DNS has incorrect value'])
    expect(faults(domain('*.example.com', 'http'))).toEqual(["[0].port: wildcard domains doesn't work for all ports and layer 7 protocol"])
    expect(faults(domain('*'), domain('*.example.com'), domain('*.example.com', 'http', 80))).toEqual([])
  })

  it('MySQL on every port, since its server speaks first', () => {
    expect(faults(address('10.0.0.1', 'mysql'))).toEqual(['[0].port: port must be defined for Mysql protocol'])
  })

  it('the same match twice, but not on two ports', () => {
    expect(faults(address('10.0.0.1', 'tcp', 1), address('10.0.0.1', 'tcp', 2), address('10.0.0.1', 'tcp', 1))).toEqual([
      '[2].value: value 10.0.0.1 is already defiend for this port and protocol',
    ])
  })

  it('a protocol of layer 7 beside another protocol, in this order only', () => {
    const shared = 'using the same port in multiple matches requires the same protocol for the following protocols: [grpc http http2]'
    expect(faults(domain('a.com', 'tls', 443), domain('b.com', 'http', 443))).toEqual([`[1].port: ${shared}`])
    expect(faults(domain('b.com', 'http', 443), domain('a.com', 'tls', 443))).toEqual([])
  })
})

describe('networks', () => {
  it.each([
    ['10.1.2.3/8', '10.0.0.0', 8],
    ['10.1.2.255/30', '10.1.2.252', 30],
    ['0.0.0.0/0', '0.0.0.0', 0],
    ['2001:db8:0:0:1:0:0:1/128', '2001:db8::1:0:0:1', 128],
    ['2001:db8:ffff::1/33', '2001:db8:8000::', 33],
    ['fe80:0:0:0:1::/96', 'fe80::1:0:0:0', 96],
    ['::1/0', '::', 0],
    ['::1/128', '::1', 128],
  ])('%s', (text, addressPrefix, prefixLen) => {
    expect(cidrRange(text)).toEqual({ addressPrefix, prefixLen })
  })

  it.each(['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '::/129', '10.0.0.0/08', '/8', '10.0.0.0/8/8'])('%s is none', (text) => {
    expect(cidrRange(text)).toBeUndefined()
  })
})

describe('filter chains', () => {
  const chains = (...appendMatch: PassthroughMatch[]) =>
    matchersOf({ appendMatch }).map(({ protocol, port, value, domains }) => `${protocol} ${value || domains.join()} ${port ?? '*'}`)

  it('TLS before TCP before HTTP; exact addresses first, wildcards last, the deeper domain first', () => {
    expect(
      chains(
        domain('a.com', 'http', 80),
        address('10.0.0.0/8'),
        address('10.0.0.1'),
        domain('*.a.com'),
        domain('a.com'),
        domain('b.a.com'),
        address('10.0.0.0/16'),
      ).filter((chain) => chain.endsWith('*') || chain.startsWith('http')),
    ).toEqual(['tls b.a.com *', 'tls a.com *', 'tls *.a.com *', 'tcp 10.0.0.1 *', 'tcp 10.0.0.0/16 *', 'tcp 10.0.0.0/8 *', 'http a.com 80'])
  })

  it('what holds for every port stands on each port that something is said of', () => {
    expect(chains(domain('b.com', 'http'), domain('*.c.com', 'http', 80), domain('a.com', 'http', 80))).toEqual([
      'http a.com,b.com,*.c.com 80',
      'http b.com *',
    ])
    expect(chains(address('10.0.0.1'), address('10.0.0.2', 'tls', 443))).toEqual(['tls 10.0.0.2 443', 'tcp 10.0.0.1 443', 'tcp 10.0.0.1 *'])
  })

  it('several protocols of layer 7 on a port are found, though no single policy may say so', () => {
    expect(
      contestedPorts({ appendMatch: [domain('a.com', 'http', 80), domain('b.com', 'grpc', 80), domain('c.com', 'http', 81)] }),
    ).toEqual([80])
    expect(contestedPorts({ appendMatch: [domain('a.com', 'http'), domain('b.com', 'grpc', 80), domain('c.com', 'tls', 80)] })).toEqual([])
  })
})

it('nothing waits for a client that waits for its server', () => {
  const range = (port: number) => ({ rule: { $case: 'destinationPortRange', destinationPortRange: { start: port, end: port + 1 } } })
  const disabled = (...ports: number[]) => inspectors(ports).map(({ filterDisabled }) => filterDisabled)
  expect(disabled()).toEqual([undefined, undefined, undefined])
  expect(disabled(3306)).toEqual([undefined, range(3306), range(3306)])
  const both = { rule: { $case: 'orMatch', orMatch: { rules: [range(3306), range(3307)] } } }
  expect(disabled(3306, 3307)).toEqual([undefined, both, both])
})
