import { type Resource, keyOf } from '../core/resource.js'
import { sameValue } from '../core/same-value.js'
import type { FleetChange } from '../translate/fleet.js'
import { fieldChanges } from './field-changes.js'
import type { ResourceChange } from './result.js'

export interface Compared {
  readonly changes: readonly ResourceChange[]
  /** The same as what a fleet applies. */
  readonly applied: readonly FleetChange[]
  /** Whatever differs, as it was and as it will be. */
  readonly states: readonly Resource[]
}

/** The resources in which two states differ. Times don't count. */
export function compareResources(before: Iterable<Resource>, after: Iterable<Resource>): Compared {
  const left = new Map([...before].map((resource) => [keyOf(resource), resource]))
  const right = new Map([...after].map((resource) => [keyOf(resource), resource]))
  const changes: ResourceChange[] = []
  const applied: FleetChange[] = []
  const states: Resource[] = []
  for (const [key, resource] of right) {
    const known = left.get(key)
    if (known && sameValue(contentOf(known), contentOf(resource))) continue
    changes.push({
      op: known ? 'update' : 'create',
      key: keyFields(resource),
      fields: known ? fieldChanges(contentOf(known), contentOf(resource)) : [],
    })
    // What was there before stays as old as it was: age decides between policies.
    states.push(...(known ? [known, resource] : [resource]))
    applied.push({ op: 'put', resource: known?.creationTime ? { ...resource, creationTime: known.creationTime } : resource })
  }
  for (const [key, resource] of left) {
    if (right.has(key)) continue
    changes.push({ op: 'delete', key: keyFields(resource), fields: [] })
    states.push(resource)
    applied.push({ op: 'delete', key: keyFields(resource) })
  }
  const text = ({ key }: ResourceChange) => `${key.type}/${key.mesh ?? ''}/${key.name}`
  return { changes: changes.sort((a, b) => (text(a) < text(b) ? -1 : 1)), applied, states }
}

function contentOf({ labels, spec, status }: Resource): object {
  return { labels, spec, status }
}

function keyFields({ type, mesh, name }: Resource) {
  return { type, ...(mesh !== undefined && { mesh }), name }
}
