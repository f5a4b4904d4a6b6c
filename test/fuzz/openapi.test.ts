import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerTo, describedApi, descriptionOf } from './described-api.js'
import { requestsOf } from './described-requests.js'
import { sampleResources } from './samples.js'

/** More of them find more. */
const numRuns = Number(process.env['KUMA_FUZZ_REQUESTS'] ?? 1000)

test('whatever is asked of the API is answered as its description says, and never with a fault of its own', {
  timeout: 60_000 + 100 * numRuns,
}, async () => {
  const app = await describedApi()
  const description = await descriptionOf(app)
  const statuses = new Map<number, number>()
  await fc.assert(
    fc.asyncProperty(requestsOf(description, sampleResources()), async (request) => {
      const status = await answerTo(app, description, request)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }),
    { numRuns, endOnFailure: true },
  )
  // Some of each get all the way.
  for (const status of [200, 201, 400, 404]) expect(statuses.get(status) ?? 0, String(status)).toBeGreaterThan(numRuns / 500)
  await app.close()
})
