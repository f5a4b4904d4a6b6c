import type { ChangeEvent, WatchCallback } from './store.js'

/** Tells watchers of committed transactions: each in order, in a microtask of its own, deaf to what the others throw. */
export class ChangeFeed {
  private readonly subscriptions = new Set<Subscription>()

  /** Begins with `backlog`, if there is one, and goes on with every transaction published from now on. */
  subscribe(onEvents: WatchCallback, backlog: readonly ChangeEvent[] | 'reset'): () => void {
    const subscription = new Subscription(onEvents)
    this.subscriptions.add(subscription)
    if (backlog === 'reset' || backlog.length > 0) subscription.tell(backlog)
    return () => {
      this.subscriptions.delete(subscription)
      subscription.stop()
    }
  }

  publish(events: readonly ChangeEvent[]): void {
    if (events.length === 0) return
    for (const subscription of this.subscriptions) subscription.tell(events)
  }

  close(): void {
    for (const subscription of this.subscriptions) subscription.stop()
    this.subscriptions.clear()
  }
}

class Subscription {
  private active = true

  constructor(private readonly onEvents: WatchCallback) {}

  tell(events: readonly ChangeEvent[] | 'reset'): void {
    queueMicrotask(() => {
      if (this.active) this.onEvents(events)
    })
  }

  stop(): void {
    this.active = false
  }
}
