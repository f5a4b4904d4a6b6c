import type { ProxyKey } from '../proxy-key.js'
import { type ResourceTypeName, type Snapshot, resourceTypes } from '../snapshot.js'

/** One resource of a proxy that came, went or became another. */
export interface ResourceChange {
  readonly type: ResourceTypeName
  readonly name: string
  readonly op: 'added' | 'changed' | 'removed'
}

/** What has changed for one proxy. */
export interface ProxyChange {
  readonly proxy: ProxyKey
  /** By type, in make-before-break order, then by name. */
  readonly resources: readonly ResourceChange[]
}

export function resourceChanges(before: Snapshot, after: Snapshot): ResourceChange[] {
  return resourceTypes.flatMap(({ name: type }) => {
    const [former, now] = [before[type], after[type]]
    if (former === now) return []
    const names = [...new Set([...former.keys(), ...now.keys()])].sort()
    return names.flatMap((name): ResourceChange[] => {
      const [was, is] = [former.get(name), now.get(name)]
      if (was?.version === is?.version) return []
      return [{ type, name, op: !was ? 'added' : !is ? 'removed' : 'changed' }]
    })
  })
}
