import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { selector } from '../../../core/kinds/selector.js'
import { unwrapRules } from '../../../core/older/kuma-0.2.js'
import { p } from '../../../core/schema/index.js'
import { checkSelectors, onlyServiceTag } from '../../../core/validate/tags.js'
import { collect } from '../../../core/validate/violations.js'

/** Source: traffic_log.proto. Without a backend, the mesh's default one takes the logs. */
export const trafficLogSchema = () =>
  p.message({ sources: p.list(selector()), destinations: p.list(selector()), conf: p.message({ backend: p.string() }) })

export type TrafficLogSpec = z.infer<ReturnType<typeof trafficLogSchema>>

/** Which outgoing connections and requests are logged, and where. */
export const TrafficLog = defineKind<TrafficLogSpec>({
  type: 'TrafficLog',
  plural: 'traffic-logs',
  displayName: { singular: 'Traffic Log', plural: 'Traffic Logs' },
  scope: 'Mesh',
  encoding: 'proto',
  policy: { matching: 'sourceDestination' },
  includeInFederation: true,
  modernise: unwrapRules,
  schema: trafficLogSchema,
  validate({ sources, destinations }) {
    const root = collect()
    checkSelectors(root.field('sources'), sources, { requireSelector: true, requireTag: true, requireService: true })
    checkSelectors(root.field('destinations'), destinations, onlyServiceTag)
    return root.violations
  },
})
