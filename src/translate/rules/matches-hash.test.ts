import { expect, it } from 'vitest'
import { matchesHash } from './matches-hash.js'

it('hashes what kuma-cp hashes', () => {
  expect(matchesHash([{ path: { type: 'PathPrefix', value: '/' } }])).toBe('9Zuf5Tg79OuZcQITwBbQykxAk2u4fRKrwYn3//AL4Yo=')
})

it('does not depend on the order of fields', () => {
  const one = matchesHash([{ method: 'GET', path: { value: '/a', type: 'Exact' }, headers: [{ name: 'x', type: 'Exact', value: '1' }] }])
  expect(matchesHash([{ headers: [{ value: '1', type: 'Exact', name: 'x' }], path: { type: 'Exact', value: '/a' }, method: 'GET' }])).toBe(
    one,
  )
})

it('takes an empty header value for none, and escapes as Go does in JSON', () => {
  expect(matchesHash([{ headers: [{ name: 'x', value: '' }] }])).toBe(matchesHash([{ headers: [{ name: 'x' }] }]))
  // sha256 of [{"path":{"value":"/a\u0026b","type":"Exact"}}] and not of the bare character
  expect(matchesHash([{ path: { type: 'Exact', value: '/a&b' } }])).toBe('m9Q1qpPuyt3qHPwSaQz0NzVkk4X0EXURaVY7mZ6WfcA=')
})
