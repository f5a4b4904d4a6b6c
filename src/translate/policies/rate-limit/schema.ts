import * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import type { ConnectionSpec } from '../../source-destination.js'

export interface HttpRateLimit {
  readonly requests?: number
  /** A duration. */
  readonly interval?: string
  readonly onRateLimit?: {
    readonly status?: number
    readonly headers?: readonly { readonly key?: string; readonly value?: string; readonly append?: boolean }[]
  }
}

export interface RateLimitSpec extends ConnectionSpec {
  readonly conf?: { readonly http?: HttpRateLimit }
}

export const RateLimit = defineKind<RateLimitSpec>({ type: 'RateLimit', plural: 'rate-limits', displayName: { singular: 'Rate Limit', plural: 'Rate Limits' }, scope: 'Mesh', encoding: 'proto', schema: () => z.any() })
