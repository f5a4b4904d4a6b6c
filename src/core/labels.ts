import { meshLabel } from './envelope.js'
import type { Kind } from './kind.js'
import type { Labels, Resource } from './resource.js'

/**
 * The labels that a Universal zone control plane stores a resource with: those it came with, and those that follow from its mesh,
 * zone and spec.
 */
export function computeLabels(kind: Kind, { labels, mesh, spec }: Pick<Resource, 'labels' | 'mesh' | 'spec'>, zone: string): Labels {
  const all: Record<string, string | undefined> = { ...labels }
  if (kind.scope === 'Mesh') all[meshLabel] ??= mesh ?? 'default'
  if (kind.providedByZone ?? kind.encoding === 'openapi') {
    all['kuma.io/origin'] ??= 'zone'
    if (all['kuma.io/origin'] !== 'global') {
      all['kuma.io/zone'] ??= zone
      all['kuma.io/env'] ??= 'universal'
    }
  }
  const proxyType = kind.proxyType?.(spec)
  if (proxyType !== undefined) all['kuma.io/proxy-type'] = proxyType
  Object.assign(all, kind.labels?.(spec))
  const kept = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1)))
}
