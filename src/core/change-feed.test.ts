import { expect, it } from 'vitest'
import { ChangeFeed } from './change-feed.js'
import type { ChangeEvent } from './store.js'

const event: ChangeEvent = { op: 'delete', key: { type: 'Zone', name: 'a' }, position: 1 }

it('a watcher that throws reaches the process, not the other watchers', async () => {
  const uncaught: unknown[] = []
  const listeners = process.listeners('uncaughtException')
  process.removeAllListeners('uncaughtException')
  process.once('uncaughtException', (error) => uncaught.push(error))
  try {
    const feed = new ChangeFeed()
    const told: unknown[] = []
    feed.subscribe(() => {
      throw new Error('mine')
    }, [])
    feed.subscribe((events) => told.push(events), [])
    feed.publish([event])
    await new Promise((resolve) => setTimeout(resolve))
    expect(told).toEqual([[event]])
    expect(uncaught).toEqual([new Error('mine')])
  } finally {
    for (const listener of listeners) process.on('uncaughtException', listener)
  }
})
