import { describe, expect, it } from 'vitest'
import { changesBetween } from './align.js'
import type { Document, Json } from './document.js'

const clusters = (resources: Record<string, Json>): Document => new Map([['clusters', new Map(Object.entries(resources))]])
const changes = (before: Json, after: Json) =>
  [...changesBetween(clusters({ a: before }), clusters({ a: after })).values()].map(
    ({ path, kind }) => `${kind} ${path.slice('clusters["a"].'.length)}`,
  )

describe('what changes between two documents', () => {
  it.each<[string, Json, Json, string[]]>([
    ['nothing, whatever the order of keys', { a: 1, b: { c: 'x' } }, { b: { c: 'x' }, a: 1 }, []],
    ['a value', { a: 1, b: 2 }, { a: 1, b: 3 }, ['value b']],
    ['a field that is gone', { a: 1, b: { c: 1, d: 2 } }, { a: 1 }, ['presence b.c', 'presence b.d']],
    ['nothing where a field is new', { a: 1 }, { a: 1, b: 2 }, []],
    ['an empty message that got a field', { a: {} }, { a: { b: 1 } }, ['value a']],
    [
      'one of the named items',
      {
        l: [
          { name: 'x', v: 1 },
          { name: 'y', v: 2 },
        ],
      },
      { l: [{ name: 'y', v: 2 }] },
      ['presence l[0].name', 'presence l[0].v'],
    ],
    ['nothing where named items change places', { l: [{ name: 'x' }, { name: 'y' }] }, { l: [{ name: 'y' }, { name: 'x' }] }, []],
    ['one of the items without a name', { l: [1, 2, 3] }, { l: [1, 3] }, ['presence l[1]']],
    ['an item among its equals', { l: [{ v: 1 }, { v: 2 }] }, { l: [{ v: 1 }, { v: 3 }] }, ['value l[1].v']],
    ['the whole list', { l: [1, 2] }, {}, ['presence l[0]', 'presence l[1]']],
  ])('%s', (_, before, after, expected) => expect(changes(before, after)).toEqual(expected))

  it('of a resource that is gone: all of it, unless it may have got another name', () => {
    const before = clusters({ old: { name: 'old', type: 'EDS', timeout: '5s' } })
    const after = clusters({ new: { name: 'new', type: 'EDS', timeout: '5s' } })
    expect([...changesBetween(before, after).values()].map(({ kind }) => kind)).toEqual(['presence', 'presence', 'presence'])
    expect([...changesBetween(before, after, { renamed: true }).values()]).toEqual([
      { path: 'clusters["old"].name', kind: 'value', before: 'old', after: 'new' },
    ])
  })
})
