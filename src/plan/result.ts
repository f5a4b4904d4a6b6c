import type { ResourceKey } from '../core/resource.js'
import type { Issue } from '../core/issue.js'
import type { ProxyKey } from '../translate/fleet.js'
import type { ResourceTypeName } from '../translate/snapshot.js'
import type { FieldChange } from './field-changes.js'

/**
 * What a change does to running proxies, from the least to the worst:
 * - `no-op`: Envoy sees nothing new
 * - `in-place`: taken over without touching a connection
 * - `rotates`: new certificates for new connections
 * - `warms`: a cluster is made anew and takes over once it knows its endpoints; its connections are opened again
 * - `drains`: connections are asked to end, and closed after the drain time
 * - `drops`: some traffic that got through does so no more
 */
export const impacts = ['no-op', 'in-place', 'rotates', 'warms', 'drains', 'drops'] as const

export type Impact = (typeof impacts)[number]

export interface Plan {
  /** The worst of all. */
  readonly impact: Impact
  /** The resources that differ, sorted by type, mesh and name. */
  readonly resources: readonly ResourceChange[]
  /** The proxies that get something else, sorted like those of a fleet. */
  readonly proxies: readonly ProxyPlan[]
  /** How many proxies stay as they are. */
  readonly unchanged: number
}

export interface ResourceChange {
  readonly op: 'create' | 'update' | 'delete'
  readonly key: ResourceKey
  /** Of an update. */
  readonly fields: readonly FieldChange[]
}

export interface ProxyPlan {
  readonly proxy: ProxyKey
  readonly op: 'create' | 'update' | 'delete'
  readonly impact: Impact
  /** What it means to traffic, a sentence each. */
  readonly meaning: readonly Meaning[]
  readonly changes: readonly EnvoyChange[]
  /** What can't be built afterwards and could before. */
  readonly issues: readonly Issue[]
}

export interface Meaning {
  /** What is spoken of, e.g. `outbound:127.0.0.1:20001: prefix /`. */
  readonly subject: string
  /** Absent: it was not there, or is gone. */
  readonly before?: string
  readonly after?: string
}

/** An Envoy resource that is added, changed or removed. */
export interface EnvoyChange {
  readonly type: ResourceTypeName
  readonly name: string
  readonly op: 'create' | 'update' | 'delete'
  readonly impact: Impact
  /** Why traffic is dropped, where it is. */
  readonly drops: readonly string[]
  /** Of a listener: how many of its filter chains are drained while the others stay. */
  readonly drainedChains?: number
  /** Of an update, in Envoy's JSON names; key material is left out. */
  readonly fields: readonly FieldChange[]
}

export function worst(found: Iterable<Impact>): Impact {
  let rank = 0
  for (const impact of found) rank = Math.max(rank, impacts.indexOf(impact))
  return impacts[rank] ?? 'no-op'
}
