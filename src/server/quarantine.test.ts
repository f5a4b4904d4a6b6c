import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SealedResource } from '../translate/snapshot.js'
import { type Quarantine, acquit, applyQuarantine, noQuarantine, onTrial, reviseQuarantine, refuse } from './quarantine.js'

const resource = (name: string, version = 'new'): SealedResource => ({
  name,
  version,
  type: 'listeners',
  bytes: new Uint8Array(),
  message: {},
})
const all = (names: readonly string[], version?: string) => new Map(names.map((name) => [name, resource(name, version)]))

describe('who is to blame for a refusal', () => {
  const suspects = ['backend', 'backend-2', 'inbound:10.0.0.1:80', 'inbound:10.0.0.1:8080'].map((name) => resource(name))
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['Error adding/updating listener(s) inbound:10.0.0.1:80: cannot bind', ['inbound:10.0.0.1:80']],
    ['Error adding/updating listener(s) inbound:10.0.0.1:8080: cannot bind', ['inbound:10.0.0.1:8080']],
    ["cluster 'backend-2' is bad", ['backend-2']],
    ['backend: bad, backend-2: bad', ['backend', 'backend-2']],
    ['bad: backend.', ['backend']],
    ['my-backend is not backend-22', []],
    ['something is wrong', []],
  ]
  it.each(rows)('%s', (reason, guilty) => {
    expect(refuse(noQuarantine, { suspects, accepted: new Map(), reason }).guilty.map(({ name }) => name)).toEqual(guilty)
  })
})

describe('a quarantine', () => {
  it('puts back what the client had, or takes out what it never had', () => {
    const accepted = all(['a'], 'old')
    const { quarantine } = refuse(noQuarantine, { suspects: [resource('a'), resource('b')], accepted, reason: 'a, b: no' })
    expect([...applyQuarantine(all(['a', 'b', 'c']), quarantine)].map(([name, { version }]) => [name, version])).toEqual([
      ['a', 'old'],
      ['c', 'new'],
    ])
  })

  it('is about one version of a resource only', () => {
    const { quarantine } = refuse(noQuarantine, { suspects: [resource('a')], accepted: new Map(), reason: 'no' })
    const fixed = all(['a'], 'newer')
    expect(reviseQuarantine(quarantine, all(['a']), new Map())).toEqual(quarantine)
    expect(reviseQuarantine(quarantine, fixed, new Map()).rejected.size).toBe(0)
    expect(applyQuarantine(fixed, quarantine)).toEqual(fixed)
  })

  it('ends a trial when what is tried has changed', () => {
    const { quarantine } = refuse(noQuarantine, { suspects: ['a', 'b'].map((name) => resource(name)), accepted: new Map(), reason: 'no' })
    expect(onTrial(quarantine)).toBe(true)
    expect(onTrial(reviseQuarantine(quarantine, all(['a', 'b', 'c']), new Map()))).toBe(true)
    expect(onTrial(reviseQuarantine(quarantine, new Map([...all(['b']), ['a', resource('a', 'newer')]]), new Map()))).toBe(false)
  })

  it('finds all that a client refuses, without being told names, in few tries', () => {
    const names = Array.from({ length: 16 }, (_, i) => `r${i}`)
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }), (bad) => {
        const content = all(names)
        let quarantine: Quarantine = noQuarantine
        let accepted: ReadonlyMap<string, { readonly version: string }> = new Map()
        let tries = 0
        for (let done = false; !done && tries < 100; tries++) {
          const told = applyQuarantine(content, quarantine)
          const suspects = [...told.values()].filter(
            (r): r is SealedResource => 'bytes' in r && accepted.get(r.name)?.version !== r.version,
          )
          if (suspects.some(({ name }) => bad.includes(name))) {
            quarantine = refuse(quarantine, { suspects, accepted, reason: 'something is wrong' }).quarantine
          } else {
            accepted = told
            done = !onTrial(quarantine)
            quarantine = acquit(quarantine).quarantine
            done &&= !onTrial(quarantine)
          }
        }
        expect([...quarantine.rejected.keys()].sort()).toEqual([...bad].sort())
        expect(tries).toBeLessThanOrEqual(3 * 6 + 2)
      }),
    )
  })
})
