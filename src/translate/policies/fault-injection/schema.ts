import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { selector } from '../../../core/kinds/selector.js'
import { p } from '../../../core/schema/index.js'
import { validateFaultInjection } from './validate.js'

/** Source: fault_injection.proto. Percentages are 0 to 100; a limit is a number and its unit, `50 kbps`. */
export const faultInjectionSchema = () =>
  p.message({
    sources: p.list(selector()),
    destinations: p.list(selector()),
    conf: p.message(
      {
        delay: p.message({ percentage: p.doubleValue(), value: p.duration() }),
        abort: p.message({ percentage: p.doubleValue(), httpStatus: p.uint32Value() }),
        responseBandwidth: p.message({ percentage: p.doubleValue(), limit: p.stringValue() }),
      },
      { snake: ['responseBandwidth'] },
    ),
  })

export type FaultInjectionSpec = z.infer<ReturnType<typeof faultInjectionSchema>>
export type FaultInjectionConf = NonNullable<FaultInjectionSpec['conf']>

/** Faults that a service shows some of its callers, to see what they do. */
export const FaultInjection = defineKind<FaultInjectionSpec>({
  type: 'FaultInjection',
  plural: 'fault-injections',
  displayName: { singular: 'Fault Injection', plural: 'Fault Injections' },
  scope: 'Mesh',
  encoding: 'proto',
  policy: { matching: 'sourceDestination' },
  includeInFederation: true,
  schema: faultInjectionSchema,
  validate: validateFaultInjection,
})
