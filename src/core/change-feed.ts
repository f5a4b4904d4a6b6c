import { isInsight } from './ownership.js'
import type { ChangeEvent, WatchCallback, WatchOptions } from './store.js'

/** Tells watchers of committed transactions: each in order, in a microtask of its own, deaf to what the others throw. */
export class ChangeFeed {
  private readonly subscriptions = new Set<Subscription>()

  /** Begins with `backlog`, if there is one, and goes on with every transaction published from now on. */
  subscribe(onEvents: WatchCallback, backlog: readonly ChangeEvent[] | 'reset', { insights = false }: WatchOptions = {}): () => void {
    const subscription = new Subscription(onEvents, insights)
    this.subscriptions.add(subscription)
    subscription.tell(backlog)
    return () => {
      this.subscriptions.delete(subscription)
      subscription.stop()
    }
  }

  publish(events: readonly ChangeEvent[] | 'reset'): void {
    for (const subscription of this.subscriptions) subscription.tell(events)
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

  constructor(
    private readonly onEvents: WatchCallback,
    private readonly insights: boolean,
  ) {}

  tell(events: readonly ChangeEvent[] | 'reset'): void {
    const told = events === 'reset' || this.insights ? events : withoutInsights(events)
    if (told.length === 0) return
    queueMicrotask(() => {
      if (this.active) this.onEvents(told)
    })
  }

  stop(): void {
    this.active = false
  }
}
