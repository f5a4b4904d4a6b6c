import type { Registry } from '../../core/kind.js'
import { type Resource, keyOf } from '../../core/resource.js'
import { sameValue } from '../../core/same-value.js'
import type { Write } from '../../core/store.js'
import { type UpkeepOptions, keepUp } from '../../core/upkeep/index.js'
import type { StoredView } from './stored-view.js'

export interface PlanOptions extends Omit<UpkeepOptions, 'settled' | 'factsOf'> {
  readonly registry: Registry
}

/** Writes that change something, each only if nobody else wrote the same at the same time. */
export interface UpkeepPlan {
  readonly writes: readonly Write[]
  /** When to plan again though nothing has changed, in milliseconds since 1970. */
  readonly wakeAt?: number
}

/** Works out what a control plane has to write, from what is stored. Pure. */
export function planUpkeep(view: Pick<StoredView, 'inOrder' | 'factsOf' | 'versionOf'>, { registry, ...options }: PlanOptions): UpkeepPlan {
  const resources = view.inOrder()
  const { changed, removed, wakeAt } = keepUp(resources, { ...options, factsOf: (proxy) => view.factsOf(proxy) })
  const gone = new Set(removed.map(keyOf))
  const left = resources.filter((resource) => !gone.has(keyOf(resource)))
  const writes: Write[] = [
    ...removed.map((key): Write => ({ op: 'delete', key, expect: view.versionOf(key) })),
    ...[...changed, ...keptSpecs(left, registry, options.zone)].map(
      (resource): Write => ({ op: 'put', resource, expect: view.versionOf(resource) ?? 'absent' }),
    ),
  ]
  return { writes, ...(wakeAt !== undefined && { wakeAt }) }
}

/** Those whose kind keeps something up to date in the spec. */
function keptSpecs(resources: readonly Resource[], registry: Registry, zone: string): Resource[] {
  return resources.flatMap((resource) => {
    const spec = registry.byType(resource.type)?.upkeep?.(resource.spec, { zone, resources })
    return spec === undefined || sameValue(spec, resource.spec) ? [] : [{ ...resource, spec }]
  })
}
