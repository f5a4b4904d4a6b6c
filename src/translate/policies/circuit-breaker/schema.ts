import * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import type { ConnectionSpec } from '../../source-destination.js'

export interface Errors {
  readonly consecutive?: number
}

export interface Detectors {
  readonly totalErrors?: Errors
  readonly gatewayErrors?: Errors
  readonly localErrors?: Errors
  readonly standardDeviation?: { readonly requestVolume?: number; readonly minimumHosts?: number; readonly factor?: number }
  readonly failure?: { readonly requestVolume?: number; readonly minimumHosts?: number; readonly threshold?: number }
}

export interface Thresholds {
  readonly maxConnections?: number
  readonly maxPendingRequests?: number
  readonly maxRetries?: number
  readonly maxRequests?: number
}

export interface CircuitBreakerConf {
  /** A duration, as is `baseEjectionTime`. */
  readonly interval?: string
  readonly baseEjectionTime?: string
  /** Percent, 0 to 100. */
  readonly maxEjectionPercent?: number
  readonly splitExternalAndLocalErrors?: boolean
  readonly detectors?: Detectors
  readonly thresholds?: Thresholds
}

export interface CircuitBreakerSpec extends ConnectionSpec {
  readonly conf?: CircuitBreakerConf
}

export const CircuitBreaker = defineKind<CircuitBreakerSpec>({ type: 'CircuitBreaker', plural: 'circuit-breakers', displayName: { singular: 'Circuit Breaker', plural: 'Circuit Breakers' }, scope: 'Mesh', encoding: 'proto', schema: () => z.any() })
