import type { Cluster } from '../gen/envoy/config/cluster/v3/cluster.js'
import { type ResourceTypeName, type SealedResource, type Snapshot, resourceTypes } from '../translate/snapshot.js'
import { reviseQuarantine } from './quarantine.js'
import { type Stage, type StreamState, type TypeState, firstStage, perType, withType } from './stream-state.js'
import { covers } from './subscription.js'

/**
 * Brings a stream from one snapshot to the next so that nothing the proxy uses is missing in between: clusters, endpoints
 * and secrets first; listeners and routes once the clusters that are new are in place; what is dropped goes last, once the
 * listeners and routes that no longer need it are accepted. Without anything new or dropped, all goes out at once.
 */
export function updateStage(state: StreamState, target: Snapshot): StreamState {
  const before = state.stage
  if (!before) return serve(state, firstStage(target))
  if (before.target === target) return state
  const generation = before.generation + 1
  const awaited = new Set([...before.awaited].filter((name) => target.clusters.has(name)))
  const { clusters } = state.types
  if (clusters.subscription && target.clusters !== before.target.clusters) {
    for (const name of target.clusters.keys()) if (!hasIt(clusters, name)) awaited.add(name)
  }
  const leaving = perType((type) => leavingOf(type, before, target, generation))
  return advanceStage(serve(state, { ...before, generation, target, awaited, leaving }))
}

function leavingOf(type: ResourceTypeName, before: Stage, target: Snapshot, generation: number): ReadonlyMap<string, number> {
  const known = before.leaving[type]
  // A listener that goes may free the address that another one takes over: it goes with the update.
  if (type === 'listeners' || (target[type] === before.target[type] && known.size === 0)) return known
  const leaving = new Map<string, number>()
  for (const name of before.serving[type].keys()) if (!target[type].has(name)) leaving.set(name, known.get(name) ?? generation)
  return leaving.size === 0 ? noMarks : leaving
}

const noMarks: ReadonlyMap<string, number> = new Map()

/** Goes as far as what the client accepted allows. */
export function advanceStage(state: StreamState): StreamState {
  const { stage } = state
  if (!stage || !isUnderWay(stage)) return state
  const awaited = new Set([...stage.awaited].filter((name) => !inPlace(state, stage, name)))
  const served = awaited.size === 0 ? stage.generation : stage.served
  const moved = serve(state, { ...stage, awaited, served, leaving: dropped(stage.leaving, releasable(state, stage)) })
  // Where listeners and routes stay as they are, nothing will be accepted that what is dropped could wait for.
  return served > stage.served ? advanceStage(moved) : moved
}

/**
 * Stops waiting, for a client that doesn't do what Envoy does: first for clusters to be in place; the next time for what is
 * dropped to be out of use. What refused listeners and routes may use stays.
 */
export function releaseStage(state: StreamState): StreamState {
  const { stage } = state
  if (!stage || !isWaiting(state)) return state
  if (stage.awaited.size > 0) return advanceStage(serve(state, { ...stage, awaited: new Set(), served: stage.generation }))
  if (keepsForRefused(state)) return state
  return serve(state, { ...stage, leaving: perType(() => noMarks) })
}

/** Whether something is held back until the client accepts something else. */
export function isWaiting({ stage }: StreamState): boolean {
  return stage !== undefined && (stage.awaited.size > 0 || resourceTypes.some(({ name }) => stage.leaving[name].size > 0))
}

/** Whether the client refuses listeners or routes that it is to have: what its older ones may use must stay. */
export function keepsForRefused({ types, stage }: StreamState): boolean {
  return (['listeners', 'routes'] as const).some((type) => {
    const { rejected, withheld } = types[type].quarantine
    return [...rejected.keys(), ...withheld.keys()].some((name) => stage?.target[type].has(name))
  })
}

/** Whether listeners and routes are still those of an earlier snapshot. */
function isLate({ served, generation }: Stage): boolean {
  return served < generation
}

function isUnderWay(stage: Stage): boolean {
  return isLate(stage) || stage.awaited.size > 0 || resourceTypes.some(({ name }) => stage.leaving[name].size > 0)
}

/** Makes the stage the stream's, with what it serves worked out anew and the types marked whose content may have changed. */
function serve(state: StreamState, stage: Stage): StreamState {
  const { target, leaving } = stage
  const before = state.stage
  const serving = perType((type) => {
    const follows = type === 'listeners' || type === 'routes'
    if (follows && isLate(stage)) return stage.serving[type]
    const same = before && before.target[type] === target[type] && before.leaving[type] === leaving[type]
    return same && !(follows && isLate(before)) ? before.serving[type] : withLeaving(target[type], stage.serving[type], leaving[type])
  })
  let next: StreamState = { ...state, stage: { ...stage, serving } }
  for (const { name } of resourceTypes) {
    if (before?.serving[name] === serving[name]) continue
    const { quarantine, accepted } = state.types[name]
    next = withType(next, name, { dirty: true, quarantine: reviseQuarantine(quarantine, serving[name], accepted) })
  }
  return next
}

function withLeaving(
  target: ReadonlyMap<string, SealedResource>,
  before: ReadonlyMap<string, SealedResource>,
  leaving: ReadonlyMap<string, number>,
): ReadonlyMap<string, SealedResource> {
  if (leaving.size === 0) return target
  const kept = new Map(target)
  for (const name of leaving.keys()) {
    const resource = before.get(name)
    if (resource) kept.set(name, resource)
  }
  return kept
}

/** Whether the client has accepted the cluster, and its endpoints if it asks for endpoints at all. */
function inPlace({ types }: StreamState, { target }: Stage, name: string): boolean {
  const { clusters, endpoints } = types
  const cluster = target.clusters.get(name)
  if (!cluster || !clusters.subscription || !covers(clusters.subscription, name) || clusters.quarantine.rejected.has(name)) return true
  if (!hasIt(clusters, name)) return false
  const assignment = endpointsOf(cluster)
  if (assignment === undefined || !endpoints.subscription || !target.endpoints.has(assignment)) return true
  if (endpoints.quarantine.rejected.has(assignment)) return true
  const onTheWay = endpoints.outstanding.some(({ resources }) => resources.some((r) => r.name === assignment))
  return covers(endpoints.subscription, assignment) && hasIt(endpoints, assignment) && !onTheWay
}

/** Whether the client has accepted the resource and won't lose it by what is on its way. */
function hasIt({ accepted, sent, outstanding }: TypeState, name: string): boolean {
  return accepted.has(name) && sent.has(name) && outstanding.every(({ holdings }) => holdings.has(name))
}

/** Up to which generation what was dropped may go. */
function releasable(state: StreamState, stage: Stage): number {
  const { listeners, routes } = state.types
  if (keepsForRefused(state)) return 0
  const confirmed = ({ subscription, dirty, outstanding, confirmed }: TypeState) =>
    subscription && (dirty || outstanding.length > 0) ? confirmed : stage.served
  if (!listeners.subscription) return confirmed(routes)
  const needed = [...stage.target.routes.keys()]
  const complete = needed.every((name) => routes.subscription && covers(routes.subscription, name) && routes.accepted.has(name))
  return Math.min(confirmed(listeners), complete ? confirmed(routes) : 0)
}

function dropped(leaving: Stage['leaving'], upTo: number): Stage['leaving'] {
  return perType((type) => {
    const marks = leaving[type]
    if (marks.size === 0) return marks
    const left = new Map([...marks].filter(([, generation]) => generation > upTo))
    return left.size === marks.size ? marks : left.size === 0 ? noMarks : left
  })
}

const assignments = new WeakMap<SealedResource, string | null>()

/** The name under which a cluster asks for its endpoints, if it does. */
export function endpointsOf(resource: SealedResource): string | undefined {
  let name = assignments.get(resource)
  if (name === undefined) {
    const { edsClusterConfig } = resource.message as Cluster
    name = edsClusterConfig ? edsClusterConfig.serviceName || resource.name : null
    assignments.set(resource, name)
  }
  return name ?? undefined
}
