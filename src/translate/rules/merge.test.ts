import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mergeConfs } from './merge.js'

const routes = { splitBy: 'hostnames', keyedList: { field: 'rules', key: 'matches', value: 'default' } } as const
const rule = (path: string, conf: object) => ({ matches: [{ path }], default: conf })

describe('mergeConfs', () => {
  it('merges objects, replaces scalars and lists', () => {
    const confs = [
      { http: { a: 1, b: 2 }, list: [1, 2], kept: true },
      { http: { b: 3 }, list: [3] },
    ]
    expect(mergeConfs(confs)).toEqual([{ http: { a: 1, b: 3 }, list: [3], kept: true }])
  })

  it('replaces what is of another type', () => {
    expect(mergeConfs([{ a: { b: 1 } }, { a: 2 }])).toEqual([{ a: 2 }])
    expect(mergeConfs([{ a: 2 }, { a: { b: 1 } }])).toEqual([{ a: { b: 1 } }])
  })

  it('takes null for absent', () => {
    expect(mergeConfs([{ a: 1 }, { a: null }])).toEqual([{ a: 1 }])
  })

  it('joins lists named append..., however deep', () => {
    const confs = [
      { appendMatch: [1], sidecar: { profiles: { appendProfiles: ['x'] } } },
      { sidecar: { profiles: { appendProfiles: ['y'] } } },
    ]
    expect(mergeConfs(confs)).toEqual([{ appendMatch: [1], sidecar: { profiles: { appendProfiles: ['x', 'y'] } } }])
    expect(mergeConfs([{ appendage: [1] }, { appendage: [2] }])).toEqual([{ appendage: [2] }])
  })

  it('gives nothing for nothing', () => {
    expect(mergeConfs([])).toEqual([])
  })

  it('freezes what it gives and changes nothing it got', () => {
    const confs = [Object.freeze({ a: Object.freeze({ b: 1 }) }), Object.freeze({ a: Object.freeze({ c: 2 }) })]
    const [merged] = mergeConfs(confs) as { a: { b: number } }[]
    expect(Object.isFrozen(merged?.a)).toBe(true)
    expect(confs[0]).toEqual({ a: { b: 1 } })
  })

  it('puts the entries of stronger confs first and merges those with equal keys there', () => {
    const weak = { rules: [rule('/a', { filters: ['weak'], backendRefs: ['weak'] }), rule('/b', {})] }
    const strong = { rules: [rule('/c', {}), rule('/a', { filters: ['strong'] })] }
    expect(mergeConfs([weak, strong], routes)).toEqual([
      { rules: [rule('/c', {}), rule('/a', { filters: ['strong'], backendRefs: ['weak'] }), rule('/b', {})] },
    ])
  })

  it('lets the earlier of two entries with one key win inside a conf', () => {
    const conf = { rules: [rule('/a', { filters: ['first'] }), rule('/a', { filters: ['second'], backendRefs: ['second'] })] }
    expect(mergeConfs([conf], routes)).toEqual([{ rules: [rule('/a', { filters: ['first'], backendRefs: ['second'] })] }])
  })

  it('drops a keyed list that stays empty', () => {
    expect(mergeConfs([{ rules: [] }], routes)).toEqual([{}])
  })

  it('makes one conf a host name, and one of those without', () => {
    const confs = [{ hostnames: ['a', 'b'], x: 1 }, { x: 2 }, { hostnames: ['b'], y: 3 }]
    expect(mergeConfs(confs, routes)).toEqual([{ hostnames: ['a'], x: 1 }, { hostnames: ['b'], x: 1, y: 3 }, { x: 2 }])
  })

  const json = fc.letrec((tie) => ({
    conf: fc.dictionary(
      fc.constantFrom('a', 'b', 'appendC', 'rules'),
      fc.oneof({ maxDepth: 3 }, fc.nat(3), fc.array(fc.nat(3)), tie('conf')),
    ),
  })).conf
  const keyed = fc.record({
    x: fc.nat(3),
    rules: fc.array(
      fc
        .tuple(fc.constantFrom('/a', '/b', '/c'), fc.dictionary(fc.constantFrom('f', 'g'), fc.nat(3)))
        .map(([path, conf]) => rule(path, conf)),
    ),
  })

  it('merges step by step as it merges at once', () => {
    for (const confs of [fc.array(json, { minLength: 2 }), fc.array(keyed, { minLength: 2 })]) {
      fc.assert(
        fc.property(confs as fc.Arbitrary<unknown[]>, fc.nat(), (list, at) => {
          const cut = 1 + (at % (list.length - 1))
          const stepwise = mergeConfs([...mergeConfs(list.slice(0, cut), routes), ...list.slice(cut)], routes)
          expect(stepwise).toEqual(mergeConfs(list, routes))
        }),
      )
    }
  })
})
