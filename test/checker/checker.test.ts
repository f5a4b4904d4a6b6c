import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Store, Stored } from '../../src/core/store.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { faultsOf } from './check.js'
import { record, scripts } from './history.js'
import { type Did, isLinearizable } from './linearizable.js'

const at = (began: number, ended: number, did: Did) => ({ began, ended, did })
const put = (value: string, version: number): Did => ({ op: 'put', value, expect: undefined, result: { version } })
const got = (value?: string, version = 0): Did => ({ op: 'get', found: value === undefined ? undefined : { value, version } })

describe('the checker', () => {
  it('finds an order where there is one', () => {
    expect(isLinearizable([at(1, 4, put('x', 1)), at(2, 3, got()), at(5, 6, got('x', 1))])).toBe(true)
    expect(isLinearizable([at(1, 4, put('x', 1)), at(2, 3, got('x', 1))])).toBe(true)
    const unknown: Did = { op: 'put', value: 'x', expect: undefined, result: 'unknown' }
    expect(isLinearizable([at(1, Number.POSITIVE_INFINITY, unknown), at(2, 3, got()), at(4, 5, got('x', 9))])).toBe(true)
  })

  it('finds none where there is none', () => {
    expect(isLinearizable([at(1, 2, put('x', 1)), at(3, 4, got())])).toBe(false)
    expect(isLinearizable([at(1, 2, put('x', 1)), at(3, 6, put('y', 2)), at(4, 5, got('y', 2)), at(7, 8, got('x', 1))])).toBe(false)
    const conflict: Did = { op: 'put', value: 'z', expect: 1, result: 'conflict' }
    expect(isLinearizable([at(1, 2, put('x', 1)), at(3, 4, conflict)])).toBe(false)
    expect(isLinearizable([at(1, 2, put('x', 1)), at(3, 4, { op: 'delete', result: 'not-found' })])).toBe(false)
  })

  for (const [what, broken] of Object.entries({
    'a read that is late': (store: Store) => {
      const old = new Map<string, Stored | undefined>()
      const get = store.get.bind(store)
      store.get = async (key) => {
        const before = old.get(key.name)
        old.set(key.name, await get(key))
        return before
      }
    },
    'a watcher that misses a change': (store: Store) => {
      const watch = store.watch.bind(store)
      let told = 0
      store.watch = (onEvents, from) => watch((events) => void (++told % 5 !== 0 && onEvents(events)), from)
    },
    'a list that is torn': (store: Store) => {
      const list = store.list.bind(store)
      let last: readonly Stored[] = []
      store.list = async (query) => {
        const { items, position } = await list(query)
        const torn = items.map((item, index) => (index % 2 === 1 ? (last[index] ?? item) : item))
        last = items
        return { items: torn, position }
      }
    },
  })) {
    it(`finds ${what}`, async () => {
      const property = fc.asyncProperty(scripts(5, 12), async (clients) => {
        const store = createMemoryStore()
        broken(store)
        const end = new Error('a watcher never came there')
        const history = await Promise.race([
          record([store], clients),
          new Promise<never>((_, reject) => setTimeout(() => reject(end), 300).unref()),
        ])
        expect(faultsOf(history)).toEqual([])
      })
      const { failed } = await fc.check(property, { numRuns: 200, endOnFailure: true })
      expect(failed).toBe(true)
    })
  }
})
