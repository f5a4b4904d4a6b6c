import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { selector } from '../../../core/kinds/selector.js'
import { p } from '../../../core/schema/index.js'
import { checkSelectors } from '../../../core/validate/tags.js'
import { collect } from '../../../core/validate/violations.js'

/** Source: traffic_trace.proto. Without a backend, the mesh's default one takes the spans. */
export const trafficTraceSchema = () => p.message({ selectors: p.list(selector()), conf: p.message({ backend: p.string() }) })

export type TrafficTraceSpec = z.infer<ReturnType<typeof trafficTraceSchema>>

/** Which proxies trace requests, and where the spans go. */
export const TrafficTrace = defineKind<TrafficTraceSpec>({
  type: 'TrafficTrace',
  plural: 'traffic-traces',
  displayName: { singular: 'Traffic Trace', plural: 'Traffic Traces' },
  scope: 'Mesh',
  encoding: 'proto',
  policy: { matching: 'selectors' },
  includeInFederation: true,
  schema: trafficTraceSchema,
  validate({ selectors }) {
    const root = collect()
    checkSelectors(root.field('selectors'), selectors, { requireSelector: true, requireTag: true })
    return root.violations
  },
})
