import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { o } from '../../../core/schema/index.js'
import { match, targetRef, targeted } from '../../../core/target-ref.js'
import { validateFaults } from './validate.js'

const fault = () =>
  o.object({
    abort: o.object({ httpStatus: o.integer(), percentage: o.intOrString() }).optional(),
    delay: o.object({ value: o.duration(), percentage: o.intOrString() }).optional(),
    responseBandwidth: o.object({ limit: o.string(), percentage: o.intOrString() }).optional(),
  })

export type Fault = z.infer<ReturnType<typeof fault>>

const conf = () => o.object({ http: o.list(fault()).optional() })

export type FaultConf = z.infer<ReturnType<typeof conf>>

export const meshFaultInjectionSchema = () =>
  o.object({
    targetRef: targetRef().optional(),
    from: o.list(targeted(conf().optional())).optional(),
    to: o.list(targeted(conf().optional())).optional(),
    rules: o.list(o.object({ matches: o.list(match()).optional(), default: conf() })).optional(),
  })

export type MeshFaultInjectionSpec = z.infer<ReturnType<typeof meshFaultInjectionSchema>>

/** Faults that an inbound, or a port of a builtin gateway, shows its callers, to see what they do. */
export const MeshFaultInjection = defineKind<MeshFaultInjectionSpec>({
  type: 'MeshFaultInjection',
  plural: 'meshfaultinjections',
  shortName: 'mfi',
  displayName: { singular: 'Mesh Fault Injection', plural: 'Mesh Fault Injections' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef', hasToTargetRef: true, hasFromTargetRef: true, hasRulesTargetRef: true },
  includeInFederation: true,
  schema: meshFaultInjectionSchema,
  validate: validateFaults,
})
