import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { collectorRef } from '../../../core/open-telemetry.js'
import { o } from '../../../core/schema/index.js'
import { match, targetRef, targeted } from '../../../core/target-ref.js'
import { validateAccessLog } from './validate.js'

const format = () =>
  o.object({
    type: o.enumeration(['Plain', 'Json']),
    plain: o.string().optional(),
    json: o.list(o.object({ key: o.string(), value: o.string() })).optional(),
    omitEmptyValues: o.boolean().default(false),
  })

export type FormatConf = z.infer<ReturnType<typeof format>>

const openTelemetry = () =>
  o.object({
    attributes: o.list(o.object({ key: o.string({ pattern: /^[a-z]([a-z0-9]|[._][a-z0-9])*$/ }), value: o.string() })).optional(),
    /** An OTLP value, or any other JSON, which is logged as text. */
    body: o.json().optional(),
    ...collectorRef(),
  })

export type OpenTelemetryBackend = z.infer<ReturnType<typeof openTelemetry>>

const backend = () =>
  o.object({
    type: o.enumeration(['Tcp', 'File', 'OpenTelemetry']),
    tcp: o.object({ format: format().optional(), address: o.string({ minLength: 1 }) }).optional(),
    file: o.object({ format: format().optional(), path: o.string({ minLength: 1 }) }).optional(),
    openTelemetry: openTelemetry().optional(),
  })

export type AccessLogBackend = z.infer<ReturnType<typeof backend>>

const conf = () => o.object({ backends: o.list(backend()).optional() })

export type AccessLogConf = z.infer<ReturnType<typeof conf>>

export const meshAccessLogSchema = () =>
  o.object({
    targetRef: targetRef().optional(),
    to: o.list(targeted(conf())).optional(),
    from: o.list(targeted(conf())).optional(),
    rules: o.list(o.object({ matches: o.list(match()).optional(), default: conf() })).optional(),
  })

export type MeshAccessLogSpec = z.infer<ReturnType<typeof meshAccessLogSchema>>

/** Where requests and connections are logged, and what is written of each. */
export const MeshAccessLog = defineKind<MeshAccessLogSpec>({
  type: 'MeshAccessLog',
  plural: 'meshaccesslogs',
  shortName: 'mal',
  displayName: { singular: 'Mesh Access Log', plural: 'Mesh Access Logs' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef', hasToTargetRef: true, hasFromTargetRef: true, hasRulesTargetRef: true, isFromAsRules: true },
  hasStatus: true,
  includeInFederation: true,
  schema: meshAccessLogSchema,
  validate: validateAccessLog,
})
