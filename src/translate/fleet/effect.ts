import type { Resource } from '../../core/resource.js'
import { sameValue } from '../../core/same-value.js'
import { tlsReadyServices } from '../../core/service-insight.js'

/** Parts of a resource's status that count what there is, and decide nothing. */
const counts: ReadonlySet<string> = new Set(['dataplaneProxies', 'hostnameGenerators'])

/** Whether translations can tell two states of a resource apart. When it was changed last, they can't. */
export function hasEffect(before: Resource | undefined, after: Resource | undefined): boolean {
  if (before === after) return false
  if (!before || !after) return true
  if (after.type === 'ServiceInsight') return !sameValue([...tlsReadyServices([before])], [...tlsReadyServices([after])])
  return !sameValue(telling(before), telling(after))
}

function telling({ labels, creationTime, spec, status }: Resource): unknown {
  if (typeof status !== 'object' || status === null) return { labels, creationTime, spec, status }
  return { labels, creationTime, spec, status: Object.fromEntries(Object.entries(status).filter(([field]) => !counts.has(field))) }
}
