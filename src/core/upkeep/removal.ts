import type { Resource, ResourceKey } from '../resource.js'
import type { ProxyFacts } from './proxy-facts.js'

/** What it takes to let go of what is not wanted any more. */
export interface Removal {
  readonly now: Date
  /** How long a generated MeshService without proxies stays, in milliseconds. */
  readonly graceMs: number
  /** How long a proxy that was connected once may be gone, by its type, in milliseconds; of other types all stay. */
  readonly cleanupMs?: Readonly<Record<string, number>>
}

/** Proxies that have been gone for too long. Who was never seen stays: it may have been applied ahead of its start. */
export function goneProxies(
  resources: readonly Resource[],
  factsOf: (proxy: Resource) => ProxyFacts,
  { now, cleanupMs = {} }: Removal,
): { readonly removed: readonly ResourceKey[]; readonly wakeAt?: number } {
  const removed: ResourceKey[] = []
  let wakeAt: number | undefined
  for (const proxy of resources) {
    const limit = cleanupMs[proxy.type]
    const since = limit === undefined ? undefined : factsOf(proxy).offlineSince
    if (limit === undefined || since === undefined) continue
    const end = since + limit
    if (end < now.getTime()) removed.push(keyPart(proxy))
    else wakeAt = Math.min(wakeAt ?? Number.POSITIVE_INFINITY, end + 1)
  }
  return { removed, wakeAt }
}

export const keyPart = ({ type, mesh, name }: ResourceKey): ResourceKey => (mesh === undefined ? { type, name } : { type, mesh, name })
