import { describe, expect, it } from 'vitest'
import { createPushQueue } from './push-queue.js'

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('the queue of pushes', () => {
  it('does once what is asked for several times before its turn', async () => {
    const done: string[] = []
    const queue = createPushQueue<string>(
      (item) => void done.push(item),
      () => 0,
    )
    for (const item of ['a', 'b', 'a', 'a']) queue.add(item)
    expect(queue.length).toBe(2)
    await turn()
    expect(done).toEqual(['a', 'b'])
    expect(queue.length).toBe(0)
    queue.add('a')
    await turn()
    expect(done).toEqual(['a', 'b', 'a'])
  })

  it('lets sockets have their turn when there is much to do', async () => {
    let time = 0
    const done: number[] = []
    const queue = createPushQueue<number>(
      (item) => {
        done.push(item)
        time += 3
      },
      () => time,
    )
    for (let i = 0; i < 6; i++) queue.add(i)
    await turn()
    expect(done).toEqual([0, 1])
    await turn()
    expect(done).toEqual([0, 1, 2, 3])
    await turn()
    expect(done).toHaveLength(6)
  })

  it('does again what is asked for while it is being done', async () => {
    const begun: string[] = []
    const finish: (() => void)[] = []
    const queue = createPushQueue<string>(
      (item) => {
        begun.push(item)
        return new Promise((resolve) => finish.push(resolve))
      },
      () => 0,
    )
    queue.add('a')
    await turn()
    queue.add('a')
    queue.add('a')
    await turn()
    expect(begun).toEqual(['a'])
    finish.shift()?.()
    await turn()
    await turn()
    expect(begun).toEqual(['a', 'a'])
    finish.shift()?.()
    await turn()
    expect(queue.length).toBe(0)
  })

  it('forgets what is taken out', async () => {
    const done: string[] = []
    const queue = createPushQueue<string>(
      (item) => void done.push(item),
      () => 0,
    )
    queue.add('a')
    queue.add('b')
    queue.remove('a')
    await turn()
    expect(done).toEqual(['b'])
  })
})
