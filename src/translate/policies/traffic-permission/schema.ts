import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { selector } from '../../../core/kinds/selector.js'
import { unwrapRules } from '../../../core/older/kuma-0.2.js'
import { p } from '../../../core/schema/index.js'
import { checkSelectors } from '../../../core/validate/tags.js'
import { collect } from '../../../core/validate/violations.js'

/** Source: traffic_permission.proto. */
export const trafficPermissionSchema = () => p.message({ sources: p.list(selector()), destinations: p.list(selector()) })

export type TrafficPermissionSpec = z.infer<ReturnType<typeof trafficPermissionSchema>>

/** Who may connect to whom in a mesh with mTLS. */
export const TrafficPermission = defineKind<TrafficPermissionSpec>({
  type: 'TrafficPermission',
  plural: 'traffic-permissions',
  displayName: { singular: 'Traffic Permission', plural: 'Traffic Permissions' },
  scope: 'Mesh',
  encoding: 'proto',
  policy: { matching: 'sourceDestination' },
  includeInFederation: true,
  modernise: unwrapRules,
  schema: trafficPermissionSchema,
  validate(spec) {
    const root = collect()
    for (const side of ['sources', 'destinations'] as const) {
      checkSelectors(root.field(side), spec[side], { requireSelector: true, requireTag: true })
    }
    return root.violations
  },
})
