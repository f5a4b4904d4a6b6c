import { expect, it } from 'vitest'
import type { LogFields } from './log.js'
import { createQuietLog } from './quiet-log.js'

function listened() {
  const said: (readonly [string, LogFields | undefined])[] = []
  let at = 0
  const log = createQuietLog({ log: { warn: (message, fields) => void said.push([message, fields]) }, now: () => at, everyMs: 100 })
  return { log, said, pass: (ms: number) => void (at += ms) }
}

it('says the same once in a while, and how often it happened meanwhile', () => {
  const { log, said, pass } = listened()
  for (let i = 0; i < 3; i++) log.warn('refused', { reason: 'a' })
  log.warn('refused', { reason: 'b' })
  pass(100)
  log.warn('refused', { reason: 'a' })
  expect(said).toEqual([
    ['refused', { reason: 'a' }],
    ['refused', { reason: 'b' }],
    ['refused', { reason: 'a', more: 2 }],
  ])
})

it('tells apart only so many things: who says something else each time is not heard each time', () => {
  const { log, said } = listened()
  for (let i = 0; i < 5000; i++) log.warn('refused', { reason: `no such proxy ${i}` })
  expect(said.length).toBe(21)
})
