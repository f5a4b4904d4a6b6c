import { describe, expect, it } from 'vitest'
import { refused } from '../../../test/translated.js'

const selectors = [{ match: { 'kuma.io/service': 'edge' } }]
const backends = [{ weight: 1, destination: { 'kuma.io/service': 'web' } }]
const matches = [{ path: { match: 'PREFIX', value: '/' } }]

const refusedWith = (parts: object) => refused(JSON.stringify({ type: 'MeshGatewayRoute', mesh: 'shop', name: 'r', selectors, ...parts }))
/** Why a route of one rule is refused, below that rule. */
const refusedRule = (rule: object) =>
  refusedWith({ conf: { http: { rules: [{ matches, backends, ...rule }] } } }).map((text) => text.replace('conf.http.rules[0].', ''))

describe('what a MeshGatewayRoute refuses', () => {
  it('nothing to do', () => {
    expect(refusedRule({})).toEqual([])
    expect(refusedWith({})).toEqual(['conf: cannot be empty'])
    expect(refusedWith({ conf: { http: {} } })).toEqual(['conf.http.rules: cannot be empty'])
    expect(refusedRule({ matches: [] })).toEqual(['matches: cannot be empty'])
    expect(refusedRule({ backends: [] })).toEqual(['backends: cannot be empty'])
    expect(refusedWith({ selectors: [], conf: { http: { rules: [{ matches, backends }] } } })).toEqual([
      'selectors: must have at least one element',
    ])
  })

  it('matches of nothing, relative paths, values where there are none', () => {
    const bad = [
      {},
      { path: { match: 'EXACT', value: 'a' } },
      { path: { match: 'REGEX', value: '' } },
      {
        headers: [
          { name: '', value: 'v' },
          { match: 'REGEX', name: 'n' },
          { match: 'PRESENT', name: 'n', value: 'v' },
        ],
      },
      { queryParameters: [{ name: '', value: '' }] },
    ]
    expect(refusedRule({ matches: bad })).toEqual([
      'matches[0]: cannot be empty',
      'matches[1].value: must be an absolute path',
      'matches[2].value: cannot be empty',
      'matches[3].headers[0].name: cannot be empty',
      'matches[3].headers[1].value: cannot be empty',
      'matches[3].headers[2].value: cannot be set',
      'matches[4].query_parameters[0].name: cannot be empty',
      'matches[4].query_parameters[0].value: cannot be empty',
    ])
  })

  it('redirects with something else beside them, or outside of the statuses', () => {
    const redirect = { redirect: { scheme: 'https', statusCode: 302 } }
    const mirror = { mirror: { percentage: 1, backend: backends[0] } }
    expect(refusedRule({ backends: [], filters: [redirect] })).toEqual([])
    expect(refusedRule({ filters: [redirect] })).toEqual(['backends: must be empty when using redirect filters'])
    expect(refusedRule({ backends: [], filters: [redirect, mirror] })).toEqual(['filters: redirects cannot be used with other filters'])
    const status = (statusCode: number) => refusedRule({ backends: [], filters: [{ redirect: { statusCode, port: 70000 } }] })
    expect(status(299)).toEqual([
      'filters[0].redirect.port: port must be in the range [1, 65535]',
      'filters[0].redirect.status_code: must be in the range [300, 308]',
    ])
    expect(status(309)).toContain('filters[0].redirect.status_code: must be in the range [300, 308]')
  })

  it('mirrors of more than everything, header changes of nothing, prefixes replaced where none is matched', () => {
    const mirror = (percentage: number | undefined) => ({ mirror: { percentage, backend: backends[0] } })
    expect(refusedRule({ filters: [mirror(0), mirror(100)] })).toEqual([])
    expect(refusedRule({ filters: [mirror(-1), mirror(100.1), mirror(undefined)] })).toEqual([
      'filters[0].mirror.percentage: has to be in [0.0 - 100.0] range',
      'filters[1].mirror.percentage: has to be in [0.0 - 100.0] range',
      'filters[2].mirror.percentage: cannot be empty',
    ])
    expect(refusedRule({ filters: [{ requestHeader: {} }, { requestHeader: { set: [{ name: '', value: '' }], remove: [''] } }] })).toEqual([
      'filters[0].request_header: cannot be empty',
      'filters[1].request_header.set[0].name: cannot be empty',
      'filters[1].request_header.set[0].value: cannot be empty',
      'filters[1].request_header.remove[0]: cannot be empty',
    ])
    const rewrite = { rewrite: { replacePrefixMatch: '/x' } }
    expect(refusedRule({ matches: [{ path: { match: 'EXACT', value: '/' } }], filters: [rewrite] })).toEqual([
      'filters[0].rewrite.replacePrefixMatch: cannot be used without a match on path prefix',
    ])
  })

  it('backends that name no service', () => {
    expect(refusedRule({ backends: [{ weight: 1, destination: { version: 'v1' } }] })).toEqual([
      'backends[0]: mandatory tag "kuma.io/service" is missing',
    ])
  })
})
