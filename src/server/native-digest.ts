import { hash } from 'node:crypto'
import type { Digest } from '../translate/seal.js'

/** The fleet's hash, by the platform: the same answers in a fraction of the time. */
export const nativeDigest: Digest = (bytes) => hash('sha256', bytes, 'hex').slice(0, 32)
