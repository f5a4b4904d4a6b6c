import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { o } from '../../../core/schema/index.js'
import { backendRef, checkBackendPort, checkTargetRef, policyRole, targetRef } from '../../../core/target-ref.js'
import { collect } from '../../../core/validate/violations.js'

const rule = () => o.object({ default: o.object({ backendRefs: o.list(backendRef()).optional() }) })

export const meshTcpRouteSchema = () =>
  o.object({
    targetRef: targetRef().optional(),
    to: o.list(o.object({ targetRef: targetRef(), rules: o.list(rule(), { max: 1 }) }), { min: 1 }).optional(),
  })

export type MeshTcpRouteSpec = z.infer<ReturnType<typeof meshTcpRouteSchema>>

/** What an entry of `to` configures: its only rule. */
const toConf = (entry: unknown): unknown => (entry as { rules?: readonly unknown[] }).rules?.[0] ?? {}

/** Where the connections of an outbound or a gateway go. */
export const MeshTCPRoute = defineKind<MeshTcpRouteSpec>({
  type: 'MeshTCPRoute',
  plural: 'meshtcproutes',
  shortName: 'mtcpr',
  displayName: { singular: 'Mesh TCP Route', plural: 'Mesh TCP Routes' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef', hasToTargetRef: true, toConf },
  includeInFederation: true,
  schema: meshTcpRouteSchema,
  validate(spec, { labels }) {
    const root = collect('spec')
    const system = policyRole(labels) === 'system'
    checkTargetRef(root.field('targetRef'), spec.targetRef, {
      kinds: ['Mesh', 'MeshSubset', ...(system ? (['MeshGateway'] as const) : []), 'MeshService', 'MeshServiceSubset', 'Dataplane'],
      gatewayTags: system,
    })
    const gateway = spec.targetRef?.kind === 'MeshGateway'
    for (const [i, { targetRef: to, rules }] of (spec.to ?? []).entries()) {
      const at = root.field('to').index(i)
      checkTargetRef(at.field('targetRef'), to, {
        kinds: gateway ? ['Mesh'] : ['MeshService', 'MeshExternalService', 'MeshMultiZoneService'],
      })
      for (const [k, { default: conf }] of rules.entries()) {
        const backends = at.field('rules').index(k).field('default.backendRefs')
        if (!conf.backendRefs?.length) backends.add('must be defined')
        for (const [n, ref] of (conf.backendRefs ?? []).entries()) {
          checkTargetRef(backends.index(n), ref, {
            kinds: ['MeshService', 'MeshServiceSubset', 'MeshExternalService', 'MeshMultiZoneService'],
          })
          checkBackendPort(backends.index(n), ref)
        }
      }
    }
    return root.violations
  },
})
