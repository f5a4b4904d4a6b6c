import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { selector } from '../../../core/kinds/selector.js'
import { p } from '../../../core/schema/index.js'
import { checkSelectors, onlyServiceTag } from '../../../core/validate/tags.js'
import { type Place, collect } from '../../../core/validate/violations.js'

const errors = () => p.message({ consecutive: p.uint32Value() })

/** Source: circuit_breaker.proto. Percentages are 0 to 100. */
export const circuitBreakerSchema = () =>
  p.message({
    sources: p.list(selector()),
    destinations: p.list(selector()),
    conf: p.message({
      interval: p.duration(),
      baseEjectionTime: p.duration(),
      maxEjectionPercent: p.uint32Value(),
      splitExternalAndLocalErrors: p.bool(),
      detectors: p.message({
        totalErrors: errors(),
        gatewayErrors: errors(),
        localErrors: errors(),
        standardDeviation: p.message({ requestVolume: p.uint32Value(), minimumHosts: p.uint32Value(), factor: p.doubleValue() }),
        failure: p.message({ requestVolume: p.uint32Value(), minimumHosts: p.uint32Value(), threshold: p.uint32Value() }),
      }),
      thresholds: p.message({
        maxConnections: p.uint32Value(),
        maxPendingRequests: p.uint32Value(),
        maxRetries: p.uint32Value(),
        maxRequests: p.uint32Value(),
      }),
    }),
  })

export type CircuitBreakerSpec = z.infer<ReturnType<typeof circuitBreakerSchema>>
export type CircuitBreakerConf = NonNullable<CircuitBreakerSpec['conf']>
export type Detectors = NonNullable<CircuitBreakerConf['detectors']>
export type Thresholds = NonNullable<CircuitBreakerConf['thresholds']>

/** How much clients ask of a service, and when they leave an instance out. */
export const CircuitBreaker = defineKind<CircuitBreakerSpec>({
  type: 'CircuitBreaker',
  plural: 'circuit-breakers',
  displayName: { singular: 'Circuit Breaker', plural: 'Circuit Breakers' },
  scope: 'Mesh',
  encoding: 'proto',
  policy: { matching: 'sourceDestination' },
  includeInFederation: true,
  schema: circuitBreakerSchema,
  validate({ sources, destinations, conf }) {
    const root = collect()
    checkSelectors(root.field('sources'), sources, { requireSelector: true, requireTag: true, requireService: true })
    checkSelectors(root.field('destinations'), destinations, onlyServiceTag)
    checkConf(root.field('conf'), conf ?? {})
    return root.violations
  },
})

function checkConf(at: Place, { detectors, thresholds, maxEjectionPercent }: CircuitBreakerConf): void {
  const isEmpty = (section: object | undefined) => Object.keys(section ?? {}).length === 0
  if (isEmpty(detectors) && isEmpty(thresholds)) {
    at.add('must have at least one of the detector or threshold configured')
    return
  }
  if (detectors && isEmpty(detectors)) at.field('detectors').add("can't be empty")
  checkPercentage(at.field('maxEjectionPercent'), maxEjectionPercent)
  checkPercentage(at.field('detectors.failure.threshold'), detectors?.failure?.threshold)
  if (thresholds && isEmpty(thresholds)) at.field('thresholds').add("can't be empty")
}

function checkPercentage(at: Place, value = 0): void {
  if (value > 100) at.add('has to be in [0.0 - 100.0] range')
}
