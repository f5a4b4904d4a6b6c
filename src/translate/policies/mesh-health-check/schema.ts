import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { headerValues } from '../../../core/http-headers.js'
import { o } from '../../../core/schema/index.js'
import { checkTargetRef, targetRef, targeted } from '../../../core/target-ref.js'
import {
  checkDurationPositiveIfSet,
  checkIntPercentage,
  checkPercentageIfSet,
  checkPositiveIfSet,
  checkStatusCode,
} from '../../../core/validate/numbers.js'
import { type Place, collect } from '../../../core/validate/violations.js'

const conf = () =>
  o.object({
    interval: o.duration().optional(),
    timeout: o.duration().optional(),
    unhealthyThreshold: o.integer().optional(),
    healthyThreshold: o.integer().optional(),
    initialJitter: o.duration().optional(),
    intervalJitter: o.duration().optional(),
    intervalJitterPercent: o.integer().optional(),
    healthyPanicThreshold: o.intOrString().optional(),
    failTrafficOnPanic: o.boolean().optional(),
    eventLogPath: o.string().optional(),
    alwaysLogHealthCheckFailures: o.boolean().optional(),
    noTrafficInterval: o.duration().optional(),
    tcp: o.object({ disabled: o.boolean().optional(), send: o.string().optional(), receive: o.list(o.string()).optional() }).optional(),
    http: o
      .object({
        disabled: o.boolean().optional(),
        path: o.string().optional(),
        requestHeadersToAdd: o.object({ set: headerValues().optional(), add: headerValues().optional() }).optional(),
        expectedStatuses: o.list(o.integer()).optional(),
      })
      .optional(),
    grpc: o.object({ disabled: o.boolean().optional(), serviceName: o.string().optional(), authority: o.string().optional() }).optional(),
    reuseConnection: o.boolean().optional(),
  })

export type HealthCheckConf = z.infer<ReturnType<typeof conf>>

export const meshHealthCheckSchema = () =>
  o.object({ targetRef: targetRef().optional(), to: o.list(targeted(conf().optional())).optional() })

export type MeshHealthCheckSpec = z.infer<ReturnType<typeof meshHealthCheckSchema>>

/** How a proxy finds out which instances of a service are alive. */
export const MeshHealthCheck = defineKind<MeshHealthCheckSpec>({
  type: 'MeshHealthCheck',
  plural: 'meshhealthchecks',
  shortName: 'mhc',
  displayName: { singular: 'Mesh Health Check', plural: 'Mesh Health Checks' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef', hasToTargetRef: true },
  includeInFederation: true,
  schema: meshHealthCheckSchema,
  validate(spec) {
    const root = collect('spec')
    checkTargetRef(root.field('targetRef'), spec.targetRef, {
      kinds: ['Mesh', 'MeshSubset', 'MeshGateway', 'MeshService', 'MeshServiceSubset', 'Dataplane'],
      gatewayTags: true,
    })
    for (const [i, entry] of (spec.to ?? []).entries()) {
      const at = root.field('to').index(i)
      checkTargetRef(at.field('targetRef'), entry.targetRef, {
        kinds: ['Mesh', 'MeshService', 'MeshExternalService', 'MeshMultiZoneService'],
      })
      checkConf(at.field('default'), entry.default ?? {})
    }
    return root.violations
  },
})

function checkConf(at: Place, conf: HealthCheckConf): void {
  for (const name of ['interval', 'timeout'] as const) checkDurationPositiveIfSet(at.field(name), conf[name])
  for (const name of ['unhealthyThreshold', 'healthyThreshold'] as const) checkPositiveIfSet(at.field(name), conf[name])
  for (const name of ['initialJitter', 'intervalJitter'] as const) checkDurationPositiveIfSet(at.field(name), conf[name])
  checkIntPercentage(at.field('intervalJitterPercent'), conf.intervalJitterPercent)
  checkPercentageIfSet(at.field('healthyPanicThreshold'), conf.healthyPanicThreshold)
  checkDurationPositiveIfSet(at.field('noTrafficInterval'), conf.noTrafficInterval)
  if (conf.eventLogPath !== undefined && !conf.eventLogPath.startsWith('/'))
    at.field('eventLogPath').add('must be a valid path when defined')
  if (conf.http?.path === '') at.field('http.path').add('must be defined')
  for (const [i, status] of (conf.http?.expectedStatuses ?? []).entries())
    checkStatusCode(at.field('http.expectedStatuses').index(i), status)
  if (!conf.http && !conf.tcp && !conf.grpc) at.add('must have at least one defined: http, tcp, grpc')
}
