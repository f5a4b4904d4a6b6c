import { type ResourceTypeName, type SealedResource, resourceTypes } from '../translate/snapshot.js'
import { type Draft, type Received, answered, nextResponse, subscribed } from './delivery.js'
import { updateStage } from './make-before-break.js'
import { onTrial } from './quarantine.js'
import type { Protocol } from './protocol.js'
import { type StreamState, type TypeState, withType } from './stream-state.js'
import { covers, deltaSubscription } from './subscription.js'

/** A `DeltaDiscoveryRequest`, as far as it matters. */
export interface DeltaRequest {
  readonly type: ResourceTypeName
  readonly subscribe: readonly string[]
  readonly unsubscribe: readonly string[]
  /** What the client has from an earlier stream, by name: only in the first request for a type. */
  readonly initialVersions: Readonly<Record<string, string>>
  /** Of the response that it answers; empty otherwise. */
  readonly nonce: string
  /** Why the response that it answers was refused. */
  readonly error?: string
}

/** The incremental protocol. Source: Envoy's "xDS REST and gRPC protocol". */
export const delta: Protocol<DeltaRequest> = {
  receive,
  update: updateStage,
  next: (state) => nextResponse(state, compose),
}

/** Types whose first answer clients wait for, even if there is nothing. */
const awaitedAtStart: ReadonlySet<ResourceTypeName> = new Set(resourceTypes.flatMap((t) => (t.fullState ? [t.name] : [])))

function receive(state: StreamState, request: DeltaRequest): Received {
  const { type, subscribe, unsubscribe, initialVersions, nonce, error } = request
  const received = answered(state, type, nonce, error)
  const before = received.state.types[type].subscription
  const change = deltaSubscription(before, subscribe, unsubscribe)
  if (before !== undefined) return { ...received, state: subscribed(received.state, type, change, 'yes') }
  const had = new Map(Object.entries(initialVersions).map(([name, version]) => [name, { version }]))
  const unknown = change.asked.filter((name) => !had.has(name))
  const due = change.wildcardAsked && had.size === 0 && awaitedAtStart.has(type) ? 'even-empty' : 'yes'
  const next = subscribed(received.state, type, { ...change, asked: unknown }, due)
  const resumed = withType(next, type, { sent: had, accepted: had, due, dirty: true })
  return { ...received, state: resumed, outcome: 'asked' }
}

/**
 * What a response may hold, in bytes, before the rest goes into another: as much as gRPC clients read where nobody tells them
 * otherwise. Envoy reads messages of any size. Types whose first response clients take for all that there is stay in one.
 */
export const responseBytes = 4 << 20
/** For nonce, versions, names and type URLs. */
const bytesBeside = 64 << 10

function compose(type: ResourceTypeName, state: TypeState, content: ReadonlyMap<string, SealedResource>): Draft | undefined {
  const { subscription, sent, due, owed } = state
  if (!subscription) return undefined
  const resources: SealedResource[] = []
  for (const [name, resource] of content) {
    // Of what a client had before it came here, the version may be all that is known: it keeps it.
    if (covers(subscription, name) && sent.get(name)?.version !== resource.version && 'bytes' in resource) resources.push(resource)
  }
  const fitting =
    awaitedAtStart.has(type) || onTrial(state.quarantine) ? resources.length : fittingIn(responseBytes - bytesBeside, resources)
  if (fitting < resources.length) {
    const part = resources.slice(0, fitting)
    return { resources: part, removed: [], partial: new Map([...sent, ...part.map((one) => [one.name, one] as const)]) }
  }
  const removed: string[] = []
  if (sent !== content) for (const name of sent.keys()) if (!content.has(name) && covers(subscription, name)) removed.push(name)
  for (const name of owed) if (!content.has(name)) removed.push(name)
  if (resources.length === 0 && removed.length === 0 && due !== 'even-empty') return undefined
  return { resources, removed }
}

/** How many of the resources come in so many bytes: one at least. */
function fittingIn(limit: number, resources: readonly SealedResource[]): number {
  let bytes = 0
  const over = resources.findIndex((one) => (bytes += one.bytes.length + one.name.length + bytesOfEach) > limit)
  return over < 0 ? resources.length : Math.max(1, over)
}

/** Version, type URL and lengths of a resource in a response. */
const bytesOfEach = 160
