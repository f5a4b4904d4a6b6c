/** Work that is to be done for each of many: proxies that have to be told of a change. */
export interface PushQueue<Item> {
  /** Asks for the item's turn; once, however often it is asked for before the turn comes. */
  add(item: Item): void
  remove(item: Item): void
  /** Whether the item's turn is still to come or not over yet. */
  has(item: Item): boolean
  /** Items that wait or are being worked on. */
  readonly length: number
}

/** How long work may go on before sockets and other queues get their turn, in milliseconds. */
const defaultSliceMs = 4

/**
 * Does the work at once when there is little, and in slices when there is much, so that a burst of changes for many proxies
 * neither blocks the process nor is worked off change by change: what is asked for again while it waits is done once.
 * @param work what it gives to wait for must not fail
 * @param sliceMs 0: one item a turn
 */
export function createPushQueue<Item>(
  work: (item: Item) => void | Promise<void>,
  now: () => number,
  sliceMs: number = defaultSliceMs,
): PushQueue<Item> {
  const waiting = new Set<Item>()
  const busy = new Set<Item>()
  const again = new Set<Item>()
  let scheduled = false

  function schedule(): void {
    if (scheduled || waiting.size === 0) return
    scheduled = true
    setImmediate(run)
  }

  function run(): void {
    scheduled = false
    const until = now() + sliceMs
    for (const item of waiting) {
      waiting.delete(item)
      const pending = work(item)
      if (pending) {
        busy.add(item)
        void pending.then(() => done(item))
      }
      if (now() >= until) break
    }
    schedule()
  }

  function done(item: Item): void {
    busy.delete(item)
    if (!again.delete(item)) return
    waiting.add(item)
    schedule()
  }

  return {
    add(item) {
      if (busy.has(item)) again.add(item)
      else waiting.add(item)
      schedule()
    },
    remove(item) {
      waiting.delete(item)
      again.delete(item)
    },
    has: (item) => waiting.has(item) || busy.has(item),
    get length() {
      return waiting.size + busy.size
    },
  }
}
