import { type ResourceTypeName, type SealedResource, resourceTypes } from '../translate/snapshot.js'
import { contentVersion } from './content-version.js'
import { type Draft, type Received, answered, nextResponse, subscribed } from './delivery.js'
import { updateStage } from './make-before-break.js'
import type { Protocol } from './protocol.js'
import { type StreamState, type TypeState, withType } from './stream-state.js'
import { covers, sotwSubscription } from './subscription.js'

/** A `DiscoveryRequest`, as far as it matters. */
export interface SotwRequest {
  readonly type: ResourceTypeName
  /** All that the client wants; none at first means everything. */
  readonly names: readonly string[]
  /** Of the response that it answers; empty at first. */
  readonly nonce: string
  /** Of what the client last accepted, on an earlier stream too. */
  readonly version: string
  /** Why the response that it answers was refused. */
  readonly error?: string
}

/** The state-of-the-world protocol. Source: Envoy's "xDS REST and gRPC protocol". */
export const sotw: Protocol<SotwRequest> = {
  receive,
  update: updateStage,
  next: (state) => nextResponse(state, compose),
}

/** Types whose responses list everything that there is: what is missing in them is gone. */
const fullState: ReadonlySet<ResourceTypeName> = new Set(resourceTypes.flatMap((t) => (t.fullState ? [t.name] : [])))

function receive(state: StreamState, { type, names, nonce, version, error }: SotwRequest): Received {
  const last = state.types[type].nonce
  const received = answered(state, type, nonce, error)
  // What an outdated request asks for, the client will ask for again when it answers the newer response.
  if (nonce !== '' && last !== undefined && nonce !== last)
    return { ...received, outcome: received.outcome === 'asked' ? 'stale' : received.outcome }
  const first = received.state.types[type].subscription === undefined
  const change = sotwSubscription(received.state.types[type].subscription, names)
  const next = subscribed(received.state, type, change, fullState.has(type) ? 'even-empty' : 'yes')
  if (first && last === undefined && version !== '' && change.wildcardAsked)
    return { ...received, state: resumed(next, type, version), outcome: 'asked' }
  return received.outcome === 'stale' ? { ...received, state: next, outcome: 'asked' } : { ...received, state: next }
}

/** A client that comes back with everything that there is, is told nothing. */
function resumed(state: StreamState, type: ResourceTypeName, version: string): StreamState {
  const content = state.stage?.serving[type]
  if (!content || !fullState.has(type) || contentVersion(content.values()) !== version) return state
  return withType(state, type, { sent: content, accepted: content, due: 'no', owed: new Set() })
}

function compose(type: ResourceTypeName, state: TypeState, content: ReadonlyMap<string, SealedResource>): Draft | undefined {
  const { subscription, sent, due } = state
  if (!subscription) return undefined
  const wanted: SealedResource[] = []
  const changed: SealedResource[] = []
  for (const resource of content.values()) {
    if (!covers(subscription, resource.name)) continue
    wanted.push(resource)
    if (sent.get(resource.name)?.version !== resource.version) changed.push(resource)
  }
  if (!fullState.has(type)) return changed.length > 0 ? { resources: changed, removed: [] } : undefined
  if (changed.length === 0 && due !== 'even-empty' && !isGone(subscription, sent, content)) return undefined
  return { resources: wanted, removed: [] }
}

function isGone(
  subscription: NonNullable<TypeState['subscription']>,
  sent: TypeState['sent'],
  content: ReadonlyMap<string, unknown>,
): boolean {
  if (sent === content) return false
  for (const name of sent.keys()) if (!content.has(name) && covers(subscription, name)) return true
  return false
}
