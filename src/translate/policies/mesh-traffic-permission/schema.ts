import type * as z from 'zod'
import { defineKind } from '../../../core/kind.js'
import { o } from '../../../core/schema/index.js'
import { affectsInbounds, checkTargetRef, match, targetRef, targeted } from '../../../core/target-ref.js'
import { checkMatch } from '../../../core/validate/spiffe.js'
import { collect } from '../../../core/validate/violations.js'

const permissionConf = () => o.object({ action: o.enumeration(['Allow', 'Deny', 'AllowWithShadowDeny']).optional() })

const connectionConf = () =>
  o.object({ deny: o.list(match()).optional(), allow: o.list(match()).optional(), allowWithShadowDeny: o.list(match()).optional() })

export type PermissionConf = z.infer<ReturnType<typeof permissionConf>>
export type ConnectionConf = z.infer<ReturnType<typeof connectionConf>>

export const meshTrafficPermissionSchema = () =>
  o.object({
    targetRef: targetRef().optional(),
    from: o.list(targeted(permissionConf().optional())).optional(),
    rules: o.list(o.object({ default: connectionConf() })).optional(),
  })

export type MeshTrafficPermissionSpec = z.infer<ReturnType<typeof meshTrafficPermissionSchema>>

/** Who may call a proxy's inbounds, by tags of the caller's proxy (`from`) or by its identity (`rules`). */
export const MeshTrafficPermission = defineKind<MeshTrafficPermissionSpec>({
  type: 'MeshTrafficPermission',
  plural: 'meshtrafficpermissions',
  shortName: 'mtp',
  displayName: { singular: 'Mesh Traffic Permission', plural: 'Mesh Traffic Permissions' },
  scope: 'Mesh',
  encoding: 'openapi',
  policy: { matching: 'targetRef', hasFromTargetRef: true, hasRulesTargetRef: true },
  includeInFederation: true,
  schema: meshTrafficPermissionSchema,
  validate(spec) {
    const root = collect('spec')
    const { from = [], rules = [] } = spec
    checkTargetRef(root.field('targetRef'), spec.targetRef, {
      kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset', 'Dataplane'],
      inbound: affectsInbounds(spec),
    })
    if (from.length > 0 && rules.length > 0) root.add("field 'from' must be empty when 'rules' is defined")
    if (from.length === 0 && rules.length === 0) root.add("at least one of 'from' or 'rules' has to be defined")
    for (const [i, { default: conf }] of rules.entries()) {
      const at = root.field('rules').index(i)
      const lists = (['allow', 'allowWithShadowDeny', 'deny'] as const).map((name) => [name, conf[name] ?? []] as const)
      if (lists.every(([, matches]) => matches.length === 0))
        at.add("at least one of 'allow', 'allowWithShadowDeny', 'deny' has to be defined")
      for (const [name, matches] of lists) for (const [k, entry] of matches.entries()) checkMatch(at.field(name).index(k), entry)
    }
    for (const [i, entry] of from.entries()) {
      const at = root.field('from').index(i)
      checkTargetRef(at.field('targetRef'), entry.targetRef, { kinds: ['Mesh', 'MeshSubset', 'MeshService', 'MeshServiceSubset'] })
      if (!entry.default?.action) at.field('default.action').add('must be defined')
    }
    return root.violations
  },
})
