import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { o } from '../../../core/schema/index.js'
import { targetRef, targeted } from '../../../core/target-ref.js'
import { validateCircuitBreaker } from './validate.js'

const count = () => o.integer().optional()

const consecutive = () => o.object({ consecutive: count() }).optional()

const detectors = () =>
  o.object({
    totalFailures: consecutive(),
    gatewayFailures: consecutive(),
    localOriginFailures: consecutive(),
    successRate: o
      .object({ minimumHosts: count(), requestVolume: count(), standardDeviationFactor: o.intOrString().optional() })
      .optional(),
    failurePercentage: o.object({ minimumHosts: count(), requestVolume: count(), threshold: count() }).optional(),
  })

export type Detectors = z.infer<ReturnType<typeof detectors>>

const outlierDetection = () =>
  o.object({
    disabled: o.boolean().optional(),
    interval: o.duration().optional(),
    baseEjectionTime: o.duration().optional(),
    maxEjectionPercent: count(),
    splitExternalAndLocalErrors: o.boolean().optional(),
    detectors: detectors().optional(),
    healthyPanicThreshold: o.intOrString().optional(),
  })

export type OutlierDetectionConf = z.infer<ReturnType<typeof outlierDetection>>

const connectionLimits = () =>
  o.object({
    maxConnections: count(),
    maxConnectionPools: count(),
    maxPendingRequests: count(),
    maxRetries: count(),
    maxRequests: count(),
  })

export type ConnectionLimits = z.infer<ReturnType<typeof connectionLimits>>

const conf = () => o.object({ connectionLimits: connectionLimits().optional(), outlierDetection: outlierDetection().optional() })

export type CircuitBreakerConf = z.infer<ReturnType<typeof conf>>

export const meshCircuitBreakerSchema = () =>
  o.object({
    targetRef: targetRef().optional(),
    to: o.list(targeted(conf().optional())).optional(),
    from: o.list(targeted(conf().optional())).optional(),
    rules: o.list(o.object({ default: conf().optional() })).optional(),
  })

export type MeshCircuitBreakerSpec = z.infer<ReturnType<typeof meshCircuitBreakerSchema>>

/** How many connections and requests a destination gets at most, and when to leave an instance of it out. */
export const MeshCircuitBreaker = defineKind<MeshCircuitBreakerSpec>({
  type: 'MeshCircuitBreaker',
  plural: 'meshcircuitbreakers',
  shortName: 'mcb',
  displayName: { singular: 'Mesh Circuit Breaker', plural: 'Mesh Circuit Breakers' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef', hasToTargetRef: true, hasFromTargetRef: true, hasRulesTargetRef: true, isFromAsRules: true },
  includeInFederation: true,
  schema: meshCircuitBreakerSchema,
  validate: validateCircuitBreaker,
})
