import { describe, expect, it } from 'vitest'
import { type JsonPatch, applyJsonPatches } from './json-patch.js'

const apply = (document: unknown, ...patches: JsonPatch[]) => applyJsonPatches(document, patches)

describe('JSON patches', () => {
  it('add, replace, remove, move and copy, one after the other, on a copy', () => {
    const before = { a: { b: 1 }, list: [1, 2] }
    const after = apply(
      before,
      { op: 'add', path: '/a/c', value: 2 },
      { op: 'replace', path: '/a/b', value: 3 },
      { op: 'add', path: '/list/1', value: 9 },
      { op: 'add', path: '/list/-', value: 8 },
      { op: 'copy', from: '/list/1', path: '/copied' },
      { op: 'move', from: '/a/c', path: '/moved' },
      { op: 'remove', path: '/list/0' },
    )
    expect(after).toEqual({ a: { b: 3 }, list: [9, 2, 8], copied: 9, moved: 2 })
    expect(before).toEqual({ a: { b: 1 }, list: [1, 2] })
  })

  it('read escaped names and count from the end', () => {
    expect(apply({ 'a/b': { 'c~d': 1 } }, { op: 'replace', path: '/a~1b/c~0d', value: 2 })).toEqual({ 'a/b': { 'c~d': 2 } })
    expect(apply([1, 2, 3], { op: 'remove', path: '/-1' }, { op: 'replace', path: '/-1', value: 7 })).toEqual([1, 7])
  })

  it("make the way to what they add, and let be what isn't there to remove", () => {
    expect(apply({}, { op: 'add', path: '/a/0/b', value: 1 }, { op: 'remove', path: '/x/y' })).toEqual({ a: [{ b: 1 }] })
  })

  it('replace the whole document', () => {
    expect(apply({ a: 1 }, { op: 'replace', path: '', value: [2] })).toEqual([2])
  })

  it('never touch prototypes', () => {
    const document = apply({}, { op: 'add', path: '/__proto__/polluted', value: true }) as Record<string, unknown>
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(Object.getPrototypeOf(document)).toBe(Object.prototype)
  })

  it('say which step failed and why', () => {
    expect(() => apply({}, { op: 'add', path: '/a', value: 1 }, { op: 'replace', path: '/b', value: 1 })).toThrow(
      'jsonPatches[1]: there is nothing at /b to replace',
    )
    expect(() => apply({ a: [1] }, { op: 'add', path: '/a/5', value: 1 })).toThrow('jsonPatches[0]: 5 is no place in a list of 1')
    expect(() => apply({ a: 1 }, { op: 'add', path: '/a/b', value: 1 })).toThrow('jsonPatches[0]: there is nothing to add /a/b to')
    expect(() => apply({}, { op: 'move', from: '/x', path: '/y' })).toThrow('jsonPatches[0]: there is nothing at /x')
  })
})
