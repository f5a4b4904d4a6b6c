import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frozenCopy } from './frozen-copy.js'
import { sameValue } from './same-value.js'

const json = fc.jsonValue()

describe('sameValue', () => {
  it('is true of equal JSON, false of other JSON', () => {
    fc.assert(fc.property(json, json, (a, b) => sameValue(a, JSON.parse(JSON.stringify(a))) && sameValue(a, b) === sameValue(b, a)))
  })

  it.each([
    [{ a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }, true],
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: undefined }, { b: undefined }, true],
    [{ a: undefined, b: 1 }, { a: 1, b: undefined }, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [{ length: 0 }, [], false],
    [null, {}, false],
    [0, '0', false],
    [{ a: -0 }, { a: 0 }, true],
    [{ toString: 1 }, {}, false],
  ])('%j and %j: %j', (a, b, same) => {
    expect(sameValue(a, b)).toBe(same)
    expect(sameValue(b, a)).toBe(same)
  })
})

describe('frozenCopy', () => {
  it('is equal, frozen all the way, and apart from the original', () => {
    const original = { list: [{ a: 1 }], gone: undefined, text: 'x' }
    const copy = frozenCopy(original)
    original.list[0] = { a: 2 }
    expect(copy).toEqual({ list: [{ a: 1 }], text: 'x' })
    expect('gone' in copy).toBe(false)
    expect(Object.isFrozen(copy.list[0])).toBe(true)
  })

  it('shares what is frozen', () => {
    const part = Object.freeze({ a: 1 })
    expect(frozenCopy({ part }).part).toBe(part)
  })
})
