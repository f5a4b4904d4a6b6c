import * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import type { Selector } from '../../source-destination.js'

export interface TrafficTraceSpec {
  readonly selectors?: readonly Selector[]
  /** Name of one of the mesh's tracing backends; the default one where it is missing. */
  readonly conf?: { readonly backend?: string }
}

export const TrafficTrace = defineKind<TrafficTraceSpec>({ type: 'TrafficTrace', plural: 'traffic-traces', displayName: { singular: 'Traffic Trace', plural: 'Traffic Traces' }, scope: 'Mesh', encoding: 'proto', schema: () => z.any() })
