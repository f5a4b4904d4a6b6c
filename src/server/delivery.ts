import { type ResourceTypeName, type SealedResource, resourceTypes } from '../translate/snapshot.js'
import { advanceStage, endpointsOf } from './make-before-break.js'
import { acquit, applyQuarantine, endTrial, onTrial, reviseQuarantine, refuse } from './quarantine.js'
import { type Holdings, type Response, type Sent, type StreamState, type TypeState, without, withType } from './stream-state.js'
import type { SubscriptionChange } from './subscription.js'

/** What a request was, beside what it asks for. `stale`: about a response that is no longer the last, or none of this stream. */
export type Outcome = 'asked' | 'acknowledged' | 'rejected' | 'stale'

/** What a client refuses, as far as it is certain. */
export interface Rejection {
  readonly type: ResourceTypeName
  readonly resources: readonly { readonly name: string; readonly version: string }[]
  readonly reason: string
}

export interface Received {
  readonly state: StreamState
  readonly outcome: Outcome
  readonly rejection?: Rejection
}

/** How many unanswered responses are remembered of a client that asks on and on and acknowledges nothing. */
const outstandingKept = 8

/** Takes note of what the client says of a response. */
export function answered(state: StreamState, type: ResourceTypeName, nonce: string, error: string | undefined): Received {
  const { outstanding } = state.types[type]
  const at = outstanding.findIndex((sent) => sent.nonce === nonce)
  const sent = outstanding[at]
  if (!sent) return { state, outcome: nonce === '' || nonce === state.types[type].nonce ? 'asked' : 'stale' }
  const later = outstanding.slice(at + 1)
  return error === undefined ? accept(state, type, sent, later) : reject(state, type, sent, later, error)
}

function accept(state: StreamState, type: ResourceTypeName, sent: Sent, later: readonly Sent[]): Received {
  const before = state.types[type]
  const { quarantine, guilty } = sent.trial ? acquit(before.quarantine) : { quarantine: before.quarantine, guilty: [] }
  const next = withType(state, type, {
    outstanding: later,
    accepted: sent.holdings,
    confirmed: Math.max(before.confirmed, sent.generation),
    quarantine,
    dirty: before.dirty || quarantine !== before.quarantine,
  })
  const found = guilty.flatMap((name) => quarantine.rejected.get(name) ?? [])
  if (found.length === 0) return { state: advanceStage(next), outcome: 'acknowledged' }
  const resources = found.map(({ version }, i) => ({ name: guilty[i] ?? '', version }))
  return { state: advanceStage(next), outcome: 'acknowledged', rejection: { type, resources, reason: found[0]?.reason ?? '' } }
}

function reject(state: StreamState, type: ResourceTypeName, sent: Sent, later: readonly Sent[], reason: string): Received {
  const { accepted, sent: told, quarantine: before } = state.types[type]
  const suspects = sent.resources.filter((r) => accepted.get(r.name)?.version !== r.version)
  const { quarantine: found, guilty } = refuse(before, { suspects, accepted, reason })
  // Where part of it has changed since, what there is now is tried as a whole.
  const quarantine = reviseQuarantine(found, state.stage?.serving[type] ?? nothing, accepted)
  const next = withType(state, type, {
    outstanding: later.map((l) => ({ ...l, holdings: undone(l.holdings, suspects, accepted) })),
    sent: undone(told, suspects, accepted),
    quarantine,
    dirty: true,
  })
  return { state: advanceStage(next), outcome: 'rejected', rejection: { type, resources: guilty, reason } }
}

/** What the client has when it did not take the resources: what it had before. */
function undone(holdings: Holdings, resources: readonly SealedResource[], before: Holdings): Holdings {
  const copy = new Map(holdings)
  for (const { name, version } of resources) {
    if (copy.get(name)?.version !== version) continue
    const earlier = before.get(name)
    if (earlier) copy.set(name, earlier)
    else copy.delete(name)
  }
  return copy
}

/** Takes over what the client wants now. What it asks for counts as something that it doesn't have. */
export function subscribed(
  state: StreamState,
  type: ResourceTypeName,
  { subscription, asked, wildcardAsked }: SubscriptionChange,
  due: TypeState['due'],
): StreamState {
  const before = state.types[type]
  if (subscription === before.subscription && asked.length === 0 && !wildcardAsked) return state
  const [sent, accepted] = wildcardAsked ? [nothing, nothing] : [without(before.sent, asked), without(before.accepted, asked)]
  const owed = new Set([...before.owed, ...asked].filter((name) => subscription.names.has(name) || subscription.wildcard))
  const waits = asked.length > 0 || wildcardAsked
  const urgent = waits && before.due !== 'even-empty' ? due : before.due
  return withType(state, type, { subscription, sent, accepted, owed, due: urgent, dirty: before.dirty || waits })
}

const nothing: Holdings = new Map()

/** What there is to tell of one type. */
export interface Draft {
  readonly resources: readonly SealedResource[]
  readonly removed: readonly string[]
  /** Where this is a part and more follows once it is answered: what the client has with it. */
  readonly partial?: Holdings
}

/** Finds what a client must be told of one type; undefined for nothing. */
export type Compose = (type: ResourceTypeName, state: TypeState, content: ReadonlyMap<string, SealedResource>) => Draft | undefined

/** The next response, if there is one: of the first type, in make-before-break order, that has something to tell. */
export function nextResponse(state: StreamState, compose: Compose): { readonly state: StreamState; readonly response?: Response } {
  let current = state
  for (let settled = false; !settled; ) {
    settled = true
    for (const { name: type } of resourceTypes) {
      const before = current.types[type]
      if (!current.stage || !before.dirty || !before.subscription) continue
      if (before.outstanding.length > 0 && before.due === 'no') continue
      const content = applyQuarantine(current.stage.serving[type], before.quarantine) as ReadonlyMap<string, SealedResource>
      const draft = compose(type, before, content)
      if (draft) return send(current, type, draft, content)
      // A trial of which nothing can be sent ends: what was held back for it goes out.
      const stuck = onTrial(before.quarantine) && before.outstanding.length === 0
      const quarantine = stuck ? endTrial(before.quarantine) : before.quarantine
      current = withType(current, type, { dirty: stuck, due: 'no', owed: noNames, quarantine })
      settled = false
    }
    if (!settled) current = advanceStage(current)
  }
  return { state: current }
}

const noNames: ReadonlySet<string> = new Set()

function send(state: StreamState, type: ResourceTypeName, { resources, removed, partial }: Draft, content: Holdings) {
  const before = state.types[type]
  const responses = state.responses + 1
  const nonce = `${state.tag}${responses}`
  const generation = partial ? before.confirmed : (state.stage?.served ?? 0)
  const trial = onTrial(before.quarantine)
  const holdings = partial ?? content
  const sent: Sent = { nonce, resources, holdings, generation, trial }
  const outstanding = [...before.outstanding, sent].slice(-outstandingKept)
  const left = partial ? { owed: before.owed, dirty: true } : { owed: noNames, dirty: false }
  const next = withType({ ...state, responses }, type, { sent: holdings, outstanding, nonce, due: 'no', ...left })
  return { state: type === 'clusters' ? warming(next, before, resources) : next, response: { type, nonce, resources, removed } }
}

/** A cluster that is new or changed takes up service only when it hears of its endpoints again. */
function warming(state: StreamState, before: TypeState, clusters: readonly SealedResource[]): StreamState {
  const changed = clusters.filter(({ name, version }) => before.sent.get(name)?.version !== version)
  const names = changed.flatMap((cluster) => endpointsOf(cluster) ?? [])
  const { sent } = state.types.endpoints
  const left = without(sent, names)
  return left === sent ? state : withType(state, 'endpoints', { sent: left, dirty: true })
}
