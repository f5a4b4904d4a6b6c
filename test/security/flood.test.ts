import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { deltaStream, sotwStream } from '../../src/server/stream-kind.js'
import { mutated } from '../fuzz/mutate.js'
import { streamOf, xdsRequests } from '../fuzz/targets/xds.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapMiB(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed / (1 << 20)
}

test('a million requests that nobody should send: no crash, and nothing of them stays', { timeout: 300_000 }, async () => {
  const requests = [...xdsRequests, ...fc.sample(mutated(xdsRequests), { numRuns: 3000, seed: 1 })]
  let sent = 0
  let refused = 0
  const flood = async (count: number) => {
    for (const end = sent + count; sent < end; ) {
      const stream = streamOf(sent % 2 === 0 ? sotwStream : deltaStream)
      // The first names the node; after it, as long as the server bears with it.
      for (let i = 0; i < 500 && !stream.ended() && sent < end; i++, sent++) {
        stream.message((i === 0 ? xdsRequests[sent % 2] : requests[(sent * 7919) % requests.length]) ?? new Uint8Array())
        if (i === 0) await Promise.resolve()
      }
      if (stream.ended()) refused++
      stream.end()
      if (sent % 5000 < 500) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await flood(100_000)
  const before = heapMiB()
  await flood(900_000)
  expect(sent).toBe(1_000_000)
  expect(refused).toBeGreaterThan(1000)
  expect(heapMiB() - before).toBeLessThan(20)
})
