import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { messageWriter, portionBytes, portionsOf } from './frame.js'

/** A call with a stream under it that takes what is written when it is told to. */
function callOf() {
  const taken: Buffer[] = []
  let release: ((error?: Error) => void) | undefined
  const stream = Object.assign(
    new Writable({
      writev(chunks, callback) {
        taken.push(Buffer.concat(chunks.map(({ chunk }: { chunk: Buffer }) => chunk)))
        release = callback
      },
    }),
    { respond() {} },
  )
  stream.on('error', () => {})
  return {
    call: { writable: true, write: () => true, call: { stream } },
    taken,
    async take(error?: Error) {
      const before = release
      release = undefined
      before?.(error)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

const messageOf = (...parts: Buffer[]) => ({ parts, byteLength: parts.reduce((sum, { length }) => sum + length, 0) })
const bytes = (length: number, value: number) => Buffer.alloc(length, value)

describe('portions of a message', () => {
  it.each([
    ['nothing', [], []],
    ['one short part', [10], [10]],
    ['short parts together', [10, 0, 20], [30]],
    ['just a portion', [portionBytes], [portionBytes]],
    ['a long part', [2 * portionBytes + 1], [portionBytes, portionBytes, 1]],
    ['parts across a border', [portionBytes - 1, 5, portionBytes], [portionBytes, portionBytes, 4]],
  ])('%s', (_, lengths, expected) => {
    const parts = lengths.map((length, i) => bytes(length, i + 1))
    const portions = portionsOf(parts)
    expect(portions.map((portion) => messageOf(...portion.map((part) => Buffer.from(part))).byteLength)).toEqual(expected)
    expect(Buffer.concat(portions.flat())).toEqual(Buffer.concat(parts))
  })
})

describe('messages of a call', () => {
  const long = messageOf(bytes(portionBytes, 1), bytes(100, 2))
  const short = messageOf(bytes(3, 3))

  it('are handed on a portion at a time, one message after the other', async () => {
    const { call, taken, take } = callOf()
    const sent: string[] = []
    const writer = messageWriter(call, () => sent.push('headers'))
    writer.send(long, () => sent.push('long'))
    writer.send(short, () => sent.push('short'))
    expect(taken.map(({ length }) => length)).toEqual([portionBytes])
    await take()
    expect(sent).toEqual(['headers', 'headers'])
    expect(taken.map(({ length }) => length)).toEqual([portionBytes, 100])
    await take()
    expect(sent).toEqual(['headers', 'headers', 'long'])
    await take()
    expect(sent).toEqual(['headers', 'headers', 'long', 'short'])
    expect(Buffer.concat(taken)).toEqual(Buffer.concat([...long.parts, ...short.parts]))
  })

  it('are handed on whole before the call ends', async () => {
    const { call, taken, take } = callOf()
    const sent: string[] = []
    const writer = messageWriter(call, () => {})
    writer.send(long, () => sent.push('long'))
    writer.send(short, () => sent.push('short'))
    writer.flush()
    call.call.stream.end()
    await take()
    await take()
    expect(sent).toEqual(['long', 'short'])
    expect(Buffer.concat(taken)).toEqual(Buffer.concat([...long.parts, ...short.parts]))
    expect(call.call.stream.writableFinished).toBe(true)
  })

  it('are forgotten where the connection broke', async () => {
    const { call, taken, take } = callOf()
    const sent: string[] = []
    const writer = messageWriter(call, () => {})
    writer.send(long, () => sent.push('long'))
    await take(new Error('gone'))
    writer.flush()
    expect(sent).toEqual([])
    expect(taken).toHaveLength(1)
  })
})
