import { expect, test } from 'vitest'
import type { Outcome, SimulatedRequest } from '../../src/simulate/index.js'
import type { Answer } from './ask.js'
import { judge } from './judge.js'

const request: SimulatedRequest = { from: 'web-1', to: 'api', headers: { 'x-user': 't1' } }
const arrives = { address: '127.0.0.2', port: 80, request: { method: 'GET', path: '/a', authority: 'api', headers: { 'x-user': ['t1'] } } }
const delivered: Outcome = { kind: 'delivered', probability: 1, reason: '', hops: [], arrives }
const refused: Outcome = { kind: 'denied', probability: 1, reason: '', status: 403, hops: [] }
const answer: Answer = {
  status: 200,
  reached: { address: '127.0.0.2', port: 80, method: 'GET', path: '/a', host: 'api', headers: { 'x-user': ['t1'], 'x-request-id': ['1'] } },
}
const reached = answer.reached as NonNullable<Answer['reached']>
const judged = (outcomes: readonly Outcome[], real: Answer) => judge(request, { from: { name: 'web-1' }, outcomes }, real)

test('takes what was foretold, and what was foretold among others', () => {
  expect(judged([delivered], answer)).toEqual([])
  expect(judged([refused, delivered], answer)).toEqual([])
  expect(judged([refused], { status: 403 })).toEqual([])
})

test.each<readonly [string, readonly Outcome[], Answer]>([
  ['nothing at all', [], answer],
  ['what never happens', [{ ...delivered, probability: 0 }], answer],
  ['what is not simulated', [{ ...delivered, kind: 'unknown' }], answer],
  ['another status', [refused], { status: 503 }],
  ['a refusal that got through', [refused], answer],
  ['an answer that never came', [delivered], {}],
  ['another endpoint', [delivered], { ...answer, reached: { ...reached, address: '127.0.0.3' } }],
  ['another path', [delivered], { ...answer, reached: { ...reached, path: '/b' } }],
  ['another host', [delivered], { ...answer, reached: { ...reached, host: 'cart' } }],
  ['a header that is gone', [delivered], { ...answer, reached: { ...reached, headers: {} } }],
  [
    'a header of the mesh that slipped through',
    [delivered],
    { ...answer, reached: { ...reached, headers: { ...reached.headers, 'x-kuma-tags': ['&'] } } },
  ],
  ['another location', [{ ...refused, kind: 'answered', status: 302, location: 'http://a/' }], { status: 302, location: 'http://b/' }],
])('tells %s', (_, outcomes, real) => {
  expect(judged(outcomes, real)).not.toEqual([])
})
