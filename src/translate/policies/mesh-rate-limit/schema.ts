import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { headerValues } from '../../../core/http-headers.js'
import { o } from '../../../core/schema/index.js'
import { match, targetRef, targeted } from '../../../core/target-ref.js'
import { validateRateLimit } from './validate.js'

const rate = () => o.object({ num: o.integer(), interval: o.duration() })

export type Rate = z.infer<ReturnType<typeof rate>>

const conf = () =>
  o.object({
    local: o
      .object({
        http: o
          .object({
            disabled: o.boolean().optional(),
            requestRate: rate().optional(),
            onRateLimit: o
              .object({
                status: o.integer().optional(),
                headers: o.object({ set: headerValues().optional(), add: headerValues().optional() }).optional(),
              })
              .optional(),
          })
          .optional(),
        tcp: o.object({ disabled: o.boolean().optional(), connectionRate: rate().optional() }).optional(),
      })
      .optional(),
  })

export type RateLimitConf = z.infer<ReturnType<typeof conf>>
export type LocalHttp = NonNullable<NonNullable<RateLimitConf['local']>['http']>
export type LocalTcp = NonNullable<NonNullable<RateLimitConf['local']>['tcp']>

export const meshRateLimitSchema = () =>
  o.object({
    targetRef: targetRef().optional(),
    from: o.list(targeted(conf().optional())).optional(),
    to: o.list(targeted(conf().optional())).optional(),
    rules: o.list(o.object({ matches: o.list(match()).optional(), default: conf().optional() })).optional(),
  })

export type MeshRateLimitSpec = z.infer<ReturnType<typeof meshRateLimitSchema>>

/** How many requests and connections an inbound, or a port of a builtin gateway, takes. */
export const MeshRateLimit = defineKind<MeshRateLimitSpec>({
  type: 'MeshRateLimit',
  plural: 'meshratelimits',
  shortName: 'mrl',
  displayName: { singular: 'Mesh Rate Limit', plural: 'Mesh Rate Limits' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef', hasToTargetRef: true, hasFromTargetRef: true, hasRulesTargetRef: true, isFromAsRules: true },
  includeInFederation: true,
  schema: meshRateLimitSchema,
  validate: validateRateLimit,
})
