import { describe, expect, test } from 'vitest'
import { differences } from './compare.js'
import { withoutKnown } from './known.js'
import type { CaseResult } from './run.js'

const paths = (got: any, want: any) => differences(got, want, '').map(({ path }) => path)

describe('comparing answers', () => {
  test.each([
    ['equal objects, whatever the order of keys', { a: 1, b: [1, { c: 'x' }] }, { b: [1, { c: 'x' }], a: 1.0 }, []],
    ['a changed value', { a: { b: 1 } }, { a: { b: 2 } }, ['a.b']],
    ['a number and the same digits as text', { a: 1 }, { a: '1' }, ['a']],
    ['a key too many, a key too few', { a: 1 }, { b: 1 }, ['a', 'b']],
    ['keys that are no names', { 'x:1': { 'a.b': 1 } }, { 'x:1': { 'a.b': 2 } }, ['["x:1"]["a.b"]']],
    ['a list in another order', { a: [1, 2] }, { a: [2, 1] }, ['a[+0]', 'a[1]']],
    [
      'one item too few: the others are paired',
      [{ name: 'a' }, { name: 'c', x: 1 }],
      [{ name: 'a' }, { name: 'b' }, { name: 'c', x: 2 }],
      ['[1]', '[2].x'],
    ],
    ['one item too many', [1, 5, 2], [1, 2], ['[+1]']],
    ['as many items, each other ones', [{ a: 1 }], [{ a: 2 }], ['[0].a']],
    ['null and nothing', { a: null }, {}, ['a']],
    ['a list and an object', { a: [] }, { a: {} }, ['a']],
    ['causes in any order', { causes: [{ field: 'b' }, { field: 'a' }] }, { causes: [{ field: 'a' }, { field: 'b' }] }, []],
    ['another cause', { causes: [{ field: 'b' }] }, { causes: [{ field: 'a' }] }, ['causes[0].field']],
    ['key material', { k: 'abc' }, { k: '<key material>' }, []],
    ['a certificate that is made in each run', { k: '<key material>' }, { k: btoa('-----BEGIN CERTIFICATE-----\n...') }, []],
    ['key material where something else belongs', { k: '<key material>' }, { k: 'abc' }, ['k']],
    ['no key material', { k: '' }, { k: '<key material>' }, ['k']],
  ])('%s', (_, got, want, expected) => {
    expect(paths(got, want).sort()).toEqual([...expected].sort())
  })
})

describe('known differences', () => {
  const result = (...found: string[]): CaseResult => ({
    group: 'g',
    name: 'c',
    kinds: new Set(),
    checked: ['snapshots'],
    differences: found.map((path) => ({ check: 'snapshots', path, got: 1, want: 2 })),
  })
  const known = (path: string) => ({ case: 'g/c', path, reason: 'because' })
  const run = (results: CaseResult[], list: ReturnType<typeof known>[]) => {
    const { results: left, stale } = withoutKnown(results, list, ['snapshots'])
    return { left: left.flatMap((r) => r.differences.map((d) => d.path)), stale: stale.map(({ path }) => path) }
  }

  test('what is listed counts as agreed, nothing else does', () => {
    expect(run([result('snapshots.a', 'snapshots.b')], [known('snapshots.a')])).toEqual({ left: ['snapshots.b'], stale: [] })
  })

  test('what is listed and does not differ any more is stale', () => {
    expect(run([result()], [known('snapshots.a')])).toEqual({ left: [], stale: ['snapshots.a'] })
  })

  test('what did not run is not stale', () => {
    expect(run([], [known('snapshots.a')]).stale).toEqual([])
    expect(run([result()], [known('rules.a')]).stale).toEqual([])
  })
})
