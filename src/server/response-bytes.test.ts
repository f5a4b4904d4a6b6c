import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DeltaDiscoveryResponse, DiscoveryResponse } from '../gen/envoy/service/discovery/v3/discovery.js'
import { type SealedResource, resourceTypes } from '../translate/snapshot.js'
import { contentVersion } from './content-version.js'
import { bytesOf, deltaResponder, sotwResponder } from './response-bytes.js'
import { typeUrls } from './snapshot-cache.js'

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.integer({ min: 16_000, max: 17_000 }).map((length) => new Uint8Array(length).fill(7)),
)
const response = fc
  .record({
    type: fc.constantFrom(...resourceTypes.map(({ name }) => name)),
    nonce: fc.string({ unit: 'grapheme' }),
    contents: fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 200 }), bytes), { maxLength: 5 }),
    removed: fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 3 }),
  })
  .map(({ type, nonce, contents, removed }) => {
    const resources = contents.map(([name, content], i): SealedResource => ({ name, type, version: `v${i}`, bytes: content, message: {} }))
    return { type, nonce, resources, removed }
  })

/** Comparing texts takes far less time than comparing arrays. */
const text = (content: Uint8Array | undefined) => Buffer.from(content ?? []).toString('latin1')

it('writes state-of-the-world responses as the generated codec reads them', () => {
  fc.assert(
    fc.property(response, (written) => {
      const { type, nonce, resources } = written
      const read = DiscoveryResponse.decode(bytesOf(sotwResponder('cp-1')(written)))
      expect(read).toMatchObject({ typeUrl: typeUrls[type], nonce, controlPlane: { identifier: 'cp-1' } })
      expect(read.versionInfo).toBe(contentVersion(resources))
      expect(read.resources?.map(({ typeUrl, value }) => [typeUrl, text(value)])).toEqual(
        resources.map(({ bytes: value }) => [typeUrls[type], text(value)]),
      )
    }),
  )
})

it('writes incremental responses as the generated codec reads them', () => {
  fc.assert(
    fc.property(response, (written) => {
      const { type, nonce, resources, removed } = written
      const read = DeltaDiscoveryResponse.decode(bytesOf(deltaResponder('cp-1')(written)))
      expect(read).toMatchObject({ typeUrl: typeUrls[type], nonce, removedResources: removed, controlPlane: { identifier: 'cp-1' } })
      expect(read.systemVersionInfo).toBe(contentVersion(resources))
      expect(read.resources?.map(({ name, version, resource }) => [name, version, resource?.typeUrl, text(resource?.value)])).toEqual(
        resources.map(({ name, version, bytes: value }) => [name, version, typeUrls[type], text(value)]),
      )
    }),
  )
})
