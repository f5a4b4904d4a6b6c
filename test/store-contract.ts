import { afterEach, describe, it } from 'vitest'
import type { Store, StoreOptions } from '../src/core/store.js'
import { keeping } from './store-contract/keeping.js'
import { likeModel } from './store-contract/model.js'
import { readsAndWrites } from './store-contract/reads-and-writes.js'
import { versionsAndTransactions } from './store-contract/versions-and-transactions.js'
import { watching } from './store-contract/watching.js'

/** What a store's test hands to the contract. */
export interface StoreDriver {
  /** An empty store. */
  create(options: StoreOptions): Promise<Store>
  /** Closes the store and opens what it kept; absent where nothing is kept. */
  readonly reopen?: (store: Store, options: StoreOptions) => Promise<Store>
  /** How many random histories are compared with a model's. Default: 100. */
  readonly histories?: number
  /** Frees what `create` took. */
  cleanUp?(): Promise<void>
}

/** What every store promises, as tests. */
export function storeContract(name: string, driver: StoreDriver): void {
  const opened: Store[] = []
  const closedLater = async (opening: Promise<Store>) => {
    const store = await opening
    opened.push(store)
    return store
  }
  const { reopen } = driver
  const create = (options: StoreOptions = {}) => closedLater(driver.create(options))
  const again = reopen && ((store: Store, options: StoreOptions = {}) => closedLater(reopen(store, options)))

  describe(name, () => {
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close()
      await driver.cleanUp?.()
    })
    readsAndWrites(create)
    versionsAndTransactions(create)
    watching(create)
    if (again !== undefined) keeping(create, again)
    it('comes to the same as a simple model', () => likeModel(create, again ?? (async (store) => store), driver.histories))
  })
}
