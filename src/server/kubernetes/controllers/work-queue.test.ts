import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { WorkQueue } from './work-queue.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function queueOf(work: (key: string) => Promise<void>, concurrency = 2) {
  const failures: [string, number][] = []
  const queue = new WorkQueue<string>({
    ...{ work, concurrency, textOf: (key) => key, firstPauseMs: 100, longestPauseMs: 400 },
    onFailure: (_error, key, pause) => failures.push([key, pause]),
  })
  return { queue, failures }
}

describe('a work queue', () => {
  test('works on a key once however often it was added, and once more when it was added meanwhile', async () => {
    const done: string[] = []
    const ends: (() => void)[] = []
    const { queue } = queueOf((key) => {
      done.push(key)
      return new Promise((resolve) => ends.push(resolve))
    })
    queue.add('a', 'b', 'c', 'a', 'c')
    expect(done).toEqual(['a', 'b'])
    queue.add('a', 'a')
    ends.shift()?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(done).toEqual(['a', 'b', 'c'])
    ends.shift()?.()
    await vi.advanceTimersByTimeAsync(0)
    expect(done).toEqual(['a', 'b', 'c', 'a'])
    for (const end of ends) end()
    await queue.settled()
    expect(queue.depth).toBe(0)
  })

  test('tries again after longer and longer pauses, and at once when the key is added', async () => {
    let tries = 0
    const { queue, failures } = queueOf(async () => {
      tries += 1
      if (tries < 6) throw new Error('refused')
    })
    queue.add('a')
    await vi.advanceTimersByTimeAsync(100 + 200 + 400)
    expect(failures).toEqual([100, 200, 400, 400].map((pause) => ['a', pause]))
    queue.add('a')
    await vi.advanceTimersByTimeAsync(0)
    expect(tries).toBe(5)
    await vi.advanceTimersByTimeAsync(400)
    expect(tries).toBe(6)
    expect(queue.depth).toBe(0)
  })

  test('takes nothing more once it is closed, and waits for what is being worked on', async () => {
    let end: () => void = () => {}
    const done: string[] = []
    const { queue } = queueOf((key) => {
      done.push(key)
      return new Promise((resolve) => (end = resolve))
    }, 1)
    queue.add('a', 'b')
    let closed = false
    const closing = queue.close().then(() => (closed = true))
    queue.add('c')
    await vi.advanceTimersByTimeAsync(10)
    expect(closed).toBe(false)
    end()
    await closing
    expect(done).toEqual(['a'])
  })
})
