import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { selector } from '../../../core/kinds/selector.js'
import { modernHealthCheck } from '../../../core/older/kuma-0.4.js'
import { p } from '../../../core/schema/index.js'
import { validateHealthCheck } from './validate.js'

/** Source: health_check.proto. Payloads are Base64; percentages are 0 to 100. */
export const healthCheckSchema = () =>
  p.message({
    sources: p.list(selector()),
    destinations: p.list(selector()),
    conf: p.message(
      {
        interval: p.duration(),
        timeout: p.duration(),
        unhealthyThreshold: p.uint32(),
        healthyThreshold: p.uint32(),
        initialJitter: p.duration(),
        intervalJitter: p.duration(),
        intervalJitterPercent: p.uint32(),
        healthyPanicThreshold: p.doubleValue(),
        failTrafficOnPanic: p.boolValue(),
        eventLogPath: p.string(),
        alwaysLogHealthCheckFailures: p.boolValue(),
        noTrafficInterval: p.duration(),
        tcp: p.message({ send: p.bytesValue(), receive: p.list(p.bytesValue()) }),
        http: p.message(
          {
            path: p.string(),
            requestHeadersToAdd: p.list(p.message({ header: p.message({ key: p.string(), value: p.string() }), append: p.boolValue() })),
            expectedStatuses: p.list(p.uint32Value()),
          },
          { snake: ['requestHeadersToAdd', 'expectedStatuses'] },
        ),
        reuseConnection: p.boolValue(),
      },
      {
        snake: [
          'unhealthyThreshold',
          'healthyThreshold',
          'initialJitter',
          'intervalJitter',
          'intervalJitterPercent',
          'healthyPanicThreshold',
          'failTrafficOnPanic',
          'eventLogPath',
          'alwaysLogHealthCheckFailures',
          'noTrafficInterval',
          'reuseConnection',
        ],
      },
    ),
  })

export type HealthCheckSpec = z.infer<ReturnType<typeof healthCheckSchema>>
export type HealthCheckConf = NonNullable<HealthCheckSpec['conf']>
export type TcpCheck = NonNullable<HealthCheckConf['tcp']>
export type HttpCheck = NonNullable<HealthCheckConf['http']>
export type HeaderToAdd = NonNullable<HttpCheck['requestHeadersToAdd']>[number]

/** Probes by which clients find out which instances work. */
export const HealthCheck = defineKind<HealthCheckSpec>({
  type: 'HealthCheck',
  plural: 'health-checks',
  displayName: { singular: 'Health Check', plural: 'Health Checks' },
  scope: 'Mesh',
  encoding: 'proto',
  policy: { matching: 'sourceDestination' },
  includeInFederation: true,
  modernise: modernHealthCheck,
  schema: healthCheckSchema,
  validate: validateHealthCheck,
})
