import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { collectorRef } from '../../../core/open-telemetry.js'
import { o } from '../../../core/schema/index.js'
import { targetRef } from '../../../core/target-ref.js'
import { validateTrace } from './validate.js'

const zipkin = () =>
  o.object({
    url: o.string(),
    traceId128bit: o.boolean().default(false),
    apiVersion: o.enumeration(['httpJson', 'httpProto']).default('httpJson'),
    sharedSpanContext: o.boolean().default(true),
  })

const backend = () =>
  o.object({
    type: o.enumeration(['Zipkin', 'Datadog', 'OpenTelemetry']),
    zipkin: zipkin().optional(),
    datadog: o.object({ url: o.string(), splitService: o.boolean().default(false) }).optional(),
    openTelemetry: o.object(collectorRef()).optional(),
  })

export type TraceBackend = z.infer<ReturnType<typeof backend>>

const percentage = () => o.intOrString().optional()

const tag = () =>
  o.object({
    name: o.string(),
    literal: o.string().optional(),
    header: o.object({ name: o.string(), default: o.string().optional() }).optional(),
  })

export type TraceTag = z.infer<ReturnType<typeof tag>>

const conf = () =>
  o.object({
    /** One, as Envoy sends spans to one place; none switches tracing off. */
    backends: o.list(backend(), { max: 1 }).optional(),
    sampling: o.object({ overall: percentage(), client: percentage(), random: percentage() }).optional(),
    tags: o.list(tag()).optional(),
  })

export type TraceConf = z.infer<ReturnType<typeof conf>>

export const meshTraceSchema = () => o.object({ targetRef: targetRef().optional(), default: conf().optional() })

export type MeshTraceSpec = z.infer<ReturnType<typeof meshTraceSchema>>

/** Which proxies trace requests, how many of them, and where the spans go. */
export const MeshTrace = defineKind<MeshTraceSpec>({
  type: 'MeshTrace',
  plural: 'meshtraces',
  shortName: 'mtr',
  displayName: { singular: 'Mesh Trace', plural: 'Mesh Traces' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef' },
  hasStatus: true,
  includeInFederation: true,
  schema: meshTraceSchema,
  validate: validateTrace,
})
