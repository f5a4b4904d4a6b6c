import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sha256Digest } from '../translate/seal.js'
import { nativeDigest } from './native-digest.js'

it('makes the versions that the pure hash makes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(nativeDigest(bytes)).toBe(sha256Digest(bytes))
    }),
  )
})
