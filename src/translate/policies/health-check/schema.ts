import * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import type { ConnectionSpec } from '../../source-destination.js'

/** Payloads are Base64. */
export interface TcpCheck {
  readonly send?: string
  readonly receive?: readonly string[]
}

export interface HeaderToAdd {
  readonly header?: { readonly key?: string; readonly value?: string }
  readonly append?: boolean
}

export interface HttpCheck {
  readonly path?: string
  readonly requestHeadersToAdd?: readonly HeaderToAdd[]
  readonly expectedStatuses?: readonly number[]
}

/** Intervals, jitters and the timeout are durations. */
export interface HealthCheckConf {
  readonly interval?: string
  readonly timeout?: string
  readonly unhealthyThreshold?: number
  readonly healthyThreshold?: number
  readonly initialJitter?: string
  readonly intervalJitter?: string
  /** Percent of the interval. */
  readonly intervalJitterPercent?: number
  /** Percent. */
  readonly healthyPanicThreshold?: number
  readonly failTrafficOnPanic?: boolean
  readonly eventLogPath?: string
  readonly alwaysLogHealthCheckFailures?: boolean
  readonly noTrafficInterval?: string
  readonly tcp?: TcpCheck
  readonly http?: HttpCheck
  readonly reuseConnection?: boolean
}

export interface HealthCheckSpec extends ConnectionSpec {
  readonly conf?: HealthCheckConf
}

export const HealthCheck = defineKind<HealthCheckSpec>({ type: 'HealthCheck', plural: 'health-checks', displayName: { singular: 'Health Check', plural: 'Health Checks' }, scope: 'Mesh', encoding: 'proto', schema: () => z.any() })
