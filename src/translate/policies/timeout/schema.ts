import * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import type { ConnectionSpec } from '../../source-destination.js'

/** Durations in Go's form: `5s`, `1h30m`. */
export interface TimeoutConf {
  readonly connectTimeout?: string
  readonly tcp?: { readonly idleTimeout?: string }
  readonly http?: {
    readonly requestTimeout?: string
    readonly idleTimeout?: string
    readonly streamIdleTimeout?: string
    readonly maxStreamDuration?: string
  }
  /** Older than the fields of `http` of the same names, which win. */
  readonly grpc?: { readonly streamIdleTimeout?: string; readonly maxStreamDuration?: string }
}

export interface TimeoutSpec extends ConnectionSpec {
  readonly conf?: TimeoutConf
}

export const Timeout = defineKind<TimeoutSpec>({ type: 'Timeout', plural: 'timeouts', displayName: { singular: 'Timeout', plural: 'Timeouts' }, scope: 'Mesh', encoding: 'proto', schema: () => z.any() })
