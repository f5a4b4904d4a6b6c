import type { ResourceKey } from '../core/resource.js'
import { type ResourceTypeName, type SealedResource, resourceTypes } from '../translate/snapshot.js'
import { endpointsOf, isWaiting, keepsForRefused } from './make-before-break.js'
import { isClear } from './quarantine.js'
import type { Stage, StreamState, TypeState } from './stream-state.js'
import { covers } from './subscription.js'

/**
 * Whether the client has answered everything that makes up its configuration, and nothing more is to come: nothing is under
 * way, nothing is held back, and what it needs but has not asked for yet counts as missing. A client that took its clusters
 * and is about to ask for their endpoints has not caught up. What it refused counts as answered.
 */
export function hasCaughtUp(state: StreamState): boolean {
  const { stage, types } = state
  // What stays for the sake of what the client refuses, stays as long as it refuses that.
  if (!stage || (isWaiting(state) && (stage.awaited.size > 0 || !keepsForRefused(state)))) return false
  for (const { name, fullState } of resourceTypes) {
    const { subscription, dirty, outstanding } = types[name]
    if (subscription ? dirty || outstanding.length > 0 : fullState) return false
  }
  return hasEndpoints(stage, types.clusters, types.endpoints) && hasReferred(state, stage)
}

/** Each cluster that takes its endpoints from elsewhere has them. */
function hasEndpoints(stage: Stage, clusters: TypeState, endpoints: TypeState): boolean {
  for (const [name, cluster] of stage.target.clusters) {
    if (clusters.quarantine.rejected.has(name)) continue
    const assignment = endpointsOf(cluster)
    if (assignment !== undefined && stage.target.endpoints.has(assignment) && !isAnswered(endpoints, assignment)) return false
  }
  return true
}

/** Routes and secrets are there because listeners or clusters name them: none of them is optional. */
function hasReferred({ types }: StreamState, { target }: Stage): boolean {
  const { listeners, clusters } = types
  const allTaken = isClear(listeners.quarantine) && isClear(clusters.quarantine)
  for (const type of ['routes', 'secrets'] as const) {
    for (const name of target[type].keys()) {
      if (isAnswered(types[type], name)) continue
      // Who refused what names it, does not ask for it.
      if (allTaken || isNamed(name, target.listeners, listeners) || isNamed(name, target.clusters, clusters)) return false
    }
  }
  return true
}

function isAnswered({ subscription, accepted, quarantine }: TypeState, name: string): boolean {
  return subscription !== undefined && covers(subscription, name) && (accepted.has(name) || quarantine.rejected.has(name))
}

function isNamed(name: string, content: ReadonlyMap<string, SealedResource>, { quarantine }: TypeState): boolean {
  for (const [own, { bytes }] of content) {
    if (!quarantine.rejected.has(own) && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(name)) return true
  }
  return false
}

/** A resource that the client refused, in the version that it is to have. */
export interface Refused {
  readonly type: ResourceTypeName
  readonly name: string
  readonly version: string
  /** What the client said. */
  readonly reason: string
  /** The policies that are behind it, most likely first; absent until that is known. */
  readonly policies?: readonly ResourceKey[]
}

/** What the client refuses of what there is now. */
export function refusedNow({ types }: StreamState): Refused[] {
  return resourceTypes.flatMap(({ name: type }) =>
    [...types[type].quarantine.rejected].map(([name, { version, reason = '', policies }]) => ({ type, name, version, reason, policies })),
  )
}
