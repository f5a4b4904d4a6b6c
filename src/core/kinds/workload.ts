import type * as z from 'zod'
import { defineKind } from '../kind.js'
import { displayNameOf } from '../kri.js'
import * as o from '../schema/openapi.js'
import { checkLength } from '../validate/names.js'
import { collect } from '../validate/violations.js'

/** Source: workload.go. A workload is its name and its status. */
export const workloadSchema = () => o.object({})

export type WorkloadSpec = z.infer<ReturnType<typeof workloadSchema>>

/** The proxies with the same label `kuma.io/workload`. */
export const Workload = defineKind<WorkloadSpec>({
  type: 'Workload',
  plural: 'workloads',
  shortName: 'wl',
  displayName: { singular: 'Workload', plural: 'Workloads' },
  scope: 'Mesh',
  encoding: 'openapi',
  hasStatus: true,
  schema: workloadSchema,
  validate(_, resource) {
    const root = collect()
    checkLength(root.field('name'), displayNameOf(resource), 253)
    return root.violations
  },
})
