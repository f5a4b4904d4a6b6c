import * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import type { ConnectionSpec } from '../../source-destination.js'

/** Durations. */
export interface BackOff {
  readonly baseInterval?: string
  readonly maxInterval?: string
}

interface RequestRetry {
  readonly numRetries?: number
  /** A duration. */
  readonly perTryTimeout?: string
  readonly backOff?: BackOff
}

export interface HttpRetry extends RequestRetry {
  readonly retriableStatusCodes?: readonly number[]
  readonly retriableMethods?: readonly string[]
  /** `all_5xx`, `gateway_error`, ... */
  readonly retryOn?: readonly string[]
}

export interface GrpcRetry extends RequestRetry {
  /** `cancelled`, `deadline_exceeded`, ... */
  readonly retryOn?: readonly string[]
}

export interface RetryConf {
  readonly http?: HttpRetry
  readonly tcp?: { readonly maxConnectAttempts?: number }
  readonly grpc?: GrpcRetry
}

export interface RetrySpec extends ConnectionSpec {
  readonly conf?: RetryConf
}

export const Retry = defineKind<RetrySpec>({ type: 'Retry', plural: 'retries', displayName: { singular: 'Retry', plural: 'Retries' }, scope: 'Mesh', encoding: 'proto', schema: () => z.any() })
