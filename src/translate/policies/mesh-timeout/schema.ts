import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { o } from '../../../core/schema/index.js'
import { match, targetRef, targeted } from '../../../core/target-ref.js'
import { validateTimeout } from './validate.js'

const conf = () =>
  o.object({
    connectionTimeout: o.duration().optional(),
    idleTimeout: o.duration().optional(),
    http: o
      .object({
        requestTimeout: o.duration().optional(),
        streamIdleTimeout: o.duration().optional(),
        maxStreamDuration: o.duration().optional(),
        maxConnectionDuration: o.duration().optional(),
        requestHeadersTimeout: o.duration().optional(),
      })
      .optional(),
  })

export type TimeoutConf = z.infer<ReturnType<typeof conf>>

export const meshTimeoutSchema = () =>
  o.object({
    targetRef: targetRef().optional(),
    to: o.list(targeted(conf().optional())).optional(),
    from: o.list(targeted(conf().optional())).optional(),
    rules: o.list(o.object({ matches: o.list(match()).optional(), default: conf().optional() })).optional(),
  })

export type MeshTimeoutSpec = z.infer<ReturnType<typeof meshTimeoutSchema>>

/** How long connections and requests may take or stay idle, on the way out and in. */
export const MeshTimeout = defineKind<MeshTimeoutSpec>({
  type: 'MeshTimeout',
  plural: 'meshtimeouts',
  shortName: 'mt',
  displayName: { singular: 'Mesh Timeout', plural: 'Mesh Timeouts' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef', hasToTargetRef: true, hasFromTargetRef: true, hasRulesTargetRef: true, isFromAsRules: true },
  includeInFederation: true,
  schema: meshTimeoutSchema,
  validate: validateTimeout,
})
