import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type SendBudget, type Sender, createSendBudget } from './send-budget.js'

let budget: SendBudget
let order: string[]

/** A sender that sends 10 bytes as soon as it may. */
function sender(name: string): Sender & { send(): void } {
  const self = {
    send() {
      if (budget.mayGrow(self, false)) self.proceed()
    },
    proceed() {
      order.push(name)
      budget.sent(self, 10)
    },
  }
  return self
}

beforeEach(() => {
  vi.useFakeTimers()
  order = []
  budget = createSendBudget(20, () => Date.now())
})
afterEach(() => vi.useRealTimers())

describe('the budget of bytes under way', () => {
  it('lets senders wait for each other, in the order in which they came', () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(sender)
    for (const one of [a, b, c, d]) one?.send()
    expect(order).toEqual(['a', 'b'])
    expect(budget.used).toBe(20)
    if (b) budget.left(b, 10)
    expect(order).toEqual(['a', 'b', 'c'])
    if (a) budget.forget(a)
    expect(order).toEqual(['a', 'b', 'c', 'd'])
    expect(budget.used).toBe(20)
  })

  it('lets nobody wait for clients that take nothing', () => {
    const [a, b, c] = ['a', 'b', 'c'].map(sender)
    for (const one of [a, b, c]) one?.send()
    expect(order).toEqual(['a', 'b'])
    vi.advanceTimersByTime(1000)
    expect(order).toEqual(['a', 'b', 'c'])
    expect(budget.used).toBe(10)
    if (a) budget.left(a, 10)
    expect(budget.used).toBe(10)
    if (b) budget.forget(b)
    if (c) budget.left(c, 10)
    expect(budget.used).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('has twice the room for what is urgent', () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map(sender)
    for (const one of all.slice(0, 2)) one.send()
    for (const one of all.slice(2)) if (budget.mayGrow(one, true)) one.proceed()
    expect(order).toEqual(['a', 'b', 'c', 'd'])
    expect(budget.used).toBe(40)
  })

  it('forgets who waits and ends', () => {
    const [a, b, c] = ['a', 'b', 'c'].map(sender)
    for (const one of [a, b, c]) one?.send()
    if (c) budget.forget(c)
    if (a) budget.left(a, 10)
    expect(order).toEqual(['a', 'b'])
    expect(budget.used).toBe(10)
  })
})
