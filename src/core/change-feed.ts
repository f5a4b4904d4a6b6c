import { isInsight } from './ownership.js'
import type { ChangeEvent, WatchCallback } from './store.js'

/**
 * Tells watchers of committed transactions, without insights: each in order, in a microtask of its own, deaf to what the others
 * throw.
 */
export class ChangeFeed {
  private readonly subscriptions = new Set<Subscription>()

  /** Begins with `backlog`, if there is one, and goes on with every transaction published from now on. */
  subscribe(onEvents: WatchCallback, backlog: readonly ChangeEvent[] | 'reset'): () => void {
    const subscription = new Subscription(onEvents)
    this.subscriptions.add(subscription)
    const told = backlog === 'reset' ? backlog : withoutInsights(backlog)
    if (told.length > 0) subscription.tell(told)
    return () => {
      this.subscriptions.delete(subscription)
      subscription.stop()
    }
  }

  publish(events: readonly ChangeEvent[] | 'reset'): void {
    const told = events === 'reset' ? events : withoutInsights(events)
    if (told.length === 0) return
    for (const subscription of this.subscriptions) subscription.tell(told)
  }

  close(): void {
    for (const subscription of this.subscriptions) subscription.stop()
    this.subscriptions.clear()
  }
}

function withoutInsights(events: readonly ChangeEvent[]): readonly ChangeEvent[] {
  return events.some(({ key }) => isInsight(key)) ? events.filter(({ key }) => !isInsight(key)) : events
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
