import * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import type { ConnectionSpec } from '../../source-destination.js'

/** Percentages are 0 to 100. */
export interface FaultInjectionConf {
  /** `value` is a duration. */
  readonly delay?: { readonly percentage?: number; readonly value?: string }
  readonly abort?: { readonly percentage?: number; readonly httpStatus?: number }
  /** `limit`: a number and its unit, `50 kbps`. */
  readonly responseBandwidth?: { readonly percentage?: number; readonly limit?: string }
}

export interface FaultInjectionSpec extends ConnectionSpec {
  readonly conf?: FaultInjectionConf
}

export const FaultInjection = defineKind<FaultInjectionSpec>({ type: 'FaultInjection', plural: 'fault-injections', displayName: { singular: 'Fault Injection', plural: 'Fault Injections' }, scope: 'Mesh', encoding: 'proto', schema: () => z.any() })
