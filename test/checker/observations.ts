import { keyOf } from '../../src/core/resource.js'
import type { ChangeEvent, Listing, Store, Stored } from '../../src/core/store.js'

/**
 * What lists and watchers saw, by position: whoever saw the store at the same position saw the same. A state that never was
 * gives itself away by that.
 */
export class Observations {
  readonly faults: string[] = []
  private readonly states = new Map<number, string>()

  list({ items, position }: Listing): void {
    this.saw(position, new Map(items.map((stored) => [keyOf(stored.resource), stored])))
  }

  saw(position: number, state: ReadonlyMap<string, Stored>): void {
    const text = JSON.stringify([...state].map(([key, { version, resource }]) => [key, version, resource.spec]).sort())
    const before = this.states.get(position)
    if (before !== undefined && before !== text) this.faults.push(`two states at ${position}: ${before} and ${text}`)
    this.states.set(position, text)
  }
}

/** A copy of the store that a list began and a watch keeps up to date. */
export class Watcher {
  readonly events: ChangeEvent[] = []
  readonly copy = new Map<string, Stored>()
  /** Where it began; undefined until the list is there. */
  from: number | undefined
  private position = -1
  private readonly ready: Promise<void>

  constructor(store: Store, observations: Observations) {
    this.ready = store.list().then((listing) => {
      observations.list(listing)
      this.from = listing.position
      this.position = listing.position
      for (const stored of listing.items) this.copy.set(keyOf(stored.resource), stored)
      store.watch((events) => {
        if (events === 'reset') {
          observations.faults.push('a watcher was told to begin anew')
          return
        }
        for (const event of events) {
          if (event.position <= this.position) observations.faults.push(`position ${event.position} after ${this.position}`)
          this.position = event.position
          this.events.push(event)
          if (event.op === 'put') this.copy.set(keyOf(event.key), event.stored)
          else this.copy.delete(keyOf(event.key))
        }
        observations.saw(this.position, this.copy)
      }, listing.position)
    })
  }

  /** Waits until the copy is what is stored: a watcher that misses something never gets there. */
  async reached(items: readonly Stored[], position: number): Promise<void> {
    await this.ready
    const wanted = JSON.stringify(items.map(({ resource, version }) => [keyOf(resource), version]).sort())
    const end = performance.now() + 100_000
    while (performance.now() < end) {
      const have = JSON.stringify([...this.copy].map(([key, { version }]) => [key, version]).sort())
      if (have === wanted) return
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    throw new Error(`a watcher is at ${this.position} and never came to ${position}`)
  }
}
