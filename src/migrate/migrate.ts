import type { Kind } from '../core/kind.js'
import { computeLabels } from '../core/labels.js'
import { parseObject } from '../core/parse.js'
import { type Resource, type ResourceKey, deepFreeze } from '../core/resource.js'
import { type Plan, type PlanOptions, plan } from '../plan/index.js'
import { createFleet } from '../translate/fleet.js'
import { registry } from '../translate/kinds.js'
import { isHttp } from '../translate/protocol.js'
import { NotExpressible, type Rewriting, type SourceDestination, type Surroundings } from './rewriting.js'
import { rewrites } from './rewrites.js'

export interface Migration {
  /** All resources, with what was rewritten in place of what it was. */
  readonly resources: readonly Resource[]
  readonly rewritten: readonly { readonly from: ResourceKey; readonly to: readonly ResourceKey[] }[]
  /** Policies of the source/destination family that stay, and why. */
  readonly kept: readonly { readonly policy: ResourceKey; readonly reason: string }[]
  /** What applying all of it at once does: `no-op` proves that no proxy changes. */
  readonly plan: Plan
}

export interface MigrateOptions extends PlanOptions {
  /** Zone of the control plane that stores the policies. Default: `default`. */
  readonly zone?: string
}

/**
 * Rewrites policies with sources and destinations into policies with a targetRef, and tells by a plan what that changes. The two
 * families are not matched alike (of the old, the most specific policy holds; of the new, all that match are merged), so look at the
 * plan before you apply the result. Older spelling is today's once it has been parsed: printing shows it.
 */
export function migrate(before: Iterable<Resource>, { zone = 'default', ...options }: MigrateOptions = {}): Migration {
  const all = [...before]
  const resources: Resource[] = []
  const rewritten: Migration['rewritten'][number][] = []
  const kept: Migration['kept'][number][] = []
  const fleet = createFleet(all)
  const surroundings = ({ mesh = '' }: Resource): Surroundings => ({
    isHttp: (service) => isHttp(fleet.mesh(mesh)?.protocolOf(service) ?? 'tcp'),
  })
  for (const resource of all) {
    if (registry.byType(resource.type)?.policy?.matching !== 'sourceDestination') {
      resources.push(resource)
      continue
    }
    const result = settle(resource, zone, all, surroundings(resource))
    if ('reason' in result) {
      kept.push({ policy: keyFields(resource), reason: result.reason })
      resources.push(resource)
    } else {
      rewritten.push({ from: keyFields(resource), to: result.resources.map(keyFields) })
      resources.push(...result.resources)
    }
  }
  return { resources, rewritten, kept, plan: plan(all, resources, options) }
}

function settle(
  policy: Resource,
  zone: string,
  all: readonly Resource[],
  surroundings: Surroundings,
): { readonly resources: readonly Resource[] } | { readonly reason: string } {
  const result = rewritingOf(policy, surroundings)
  if ('reason' in result) return result
  const made: Resource[] = []
  for (const { type, suffix, spec } of result.policies) {
    const name = suffix === undefined ? policy.name : `${policy.name}-${suffix}`
    if (all.some((other) => other.type === type && other.mesh === policy.mesh && other.name === name))
      return { reason: `there is a ${type} "${name}" already` }
    const { items } = parseObject({ type, mesh: policy.mesh, name, labels: policy.labels, spec }, registry)
    const [item] = items
    if (!item?.resource) {
      const faults = item?.refusal?.violations?.map(({ path, message }) => `${path}: ${message}`) ?? []
      return { reason: `as ${type} it would be refused: ${faults.join('; ') || item?.refusal?.detail}` }
    }
    made.push(stored(item.resource, policy, zone, registry.byType(type)))
  }
  return { resources: made }
}

function rewritingOf(policy: Resource, surroundings: Surroundings): Rewriting {
  const rewrite = rewrites[policy.type]
  if (!rewrite) return { reason: `${policy.type} has to be rewritten by hand` }
  try {
    return rewrite(policy as Resource<SourceDestination<never>>, surroundings)
  } catch (error) {
    if (error instanceof NotExpressible) return { reason: error.message }
    throw error
  }
}

/** As a control plane stores it, as old as the policy that it takes the place of: age decides between policies. */
function stored(resource: Resource, { creationTime, modificationTime }: Resource, zone: string, kind: Kind | undefined): Resource {
  const labels = kind ? computeLabels(kind, resource, zone) : resource.labels
  return deepFreeze({ ...resource, labels, ...(creationTime && { creationTime }), ...(modificationTime && { modificationTime }) })
}

function keyFields({ type, mesh, name }: Resource): ResourceKey {
  return { type, ...(mesh !== undefined && { mesh }), name }
}
