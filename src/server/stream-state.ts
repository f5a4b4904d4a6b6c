import { type ResourceTypeName, type SealedResource, type Snapshot, resourceTypes } from '../translate/snapshot.js'
import { type Quarantine, noQuarantine } from './quarantine.js'
import type { Subscription } from './subscription.js'

/** Which version of each resource a client has. What it isn't subscribed to may be listed and means nothing. */
export type Holdings = ReadonlyMap<string, { readonly version: string }>

/** A response that the client has not answered yet. */
export interface Sent {
  readonly nonce: string
  readonly resources: readonly SealedResource[]
  /** What the client has once it accepted this response. */
  readonly holdings: Holdings
  /** See {@link Stage.served}. */
  readonly generation: number
  /** Whether part of what there is was held back, to find out what the client refuses. */
  readonly trial: boolean
}

/** One resource type on one stream. */
export interface TypeState {
  /** Undefined until the client asked for the type. */
  readonly subscription: Subscription | undefined
  /** Names that the client asked for and must be told of, be they there or not. */
  readonly owed: ReadonlySet<string>
  /** A request waits: an answer goes out without waiting for other acknowledgements; `'even-empty'`: also with nothing in it. */
  readonly due: 'even-empty' | 'yes' | 'no'
  /** What the client has when it accepts all that was sent. */
  readonly sent: Holdings
  /** What the client said that it has. */
  readonly accepted: Holdings
  /** Oldest first. */
  readonly outstanding: readonly Sent[]
  /** Nonce of the last response. */
  readonly nonce: string | undefined
  /** Whether there may be something to send. */
  readonly dirty: boolean
  readonly quarantine: Quarantine
  /** Greatest generation that the client accepted. */
  readonly confirmed: number
}

export type TypeStates = { readonly [T in ResourceTypeName]: TypeState }

/** How far the stream has come on its way to a snapshot: see make-before-break.ts. */
export interface Stage {
  /** Counts the snapshots. */
  readonly generation: number
  readonly target: Snapshot
  /** What the client is to be told now. */
  readonly serving: Snapshot
  /** Generation of the listeners and routes in `serving`. */
  readonly served: number
  /** New clusters that must be in place before listeners and routes may name them. */
  readonly awaited: ReadonlySet<string>
  /** What the target no longer has and the client must keep for now, with the generation that dropped it. */
  readonly leaving: { readonly [T in ResourceTypeName]: ReadonlyMap<string, number> }
}

/** Everything that the server knows of one stream. Never changed: each event makes another. */
export interface StreamState {
  /** Begins each nonce, so that one of another stream is not taken for one of this. */
  readonly tag: string
  readonly responses: number
  readonly types: TypeStates
  /** Undefined until there is a snapshot. */
  readonly stage: Stage | undefined
}

/** A response, before it is written as bytes. */
export interface Response {
  readonly type: ResourceTypeName
  readonly nonce: string
  readonly resources: readonly SealedResource[]
  /** Incremental only. */
  readonly removed: readonly string[]
}

const noNames: ReadonlySet<string> = new Set()
const nothing: ReadonlyMap<string, never> = new Map<string, never>()

const newType: TypeState = Object.freeze({
  subscription: undefined,
  owed: noNames,
  due: 'no',
  sent: nothing,
  accepted: nothing,
  outstanding: [],
  nonce: undefined,
  dirty: false,
  quarantine: noQuarantine,
  confirmed: 0,
})

/** The same value for each resource type. */
export function perType<V>(value: (type: ResourceTypeName) => V): { readonly [T in ResourceTypeName]: V } {
  return Object.fromEntries(resourceTypes.map(({ name }) => [name, value(name)])) as { [T in ResourceTypeName]: V }
}

const newTypes: TypeStates = perType(() => newType)
const nobodyLeaves: Stage['leaving'] = perType(() => nothing)

export function newStream(tag: string, quarantines?: { readonly [T in ResourceTypeName]: Quarantine }): StreamState {
  const types = quarantines ? perType((type) => ({ ...newType, quarantine: quarantines[type] })) : newTypes
  return { tag, responses: 0, types, stage: undefined }
}

/** The stage of a client that was told nothing yet: there is nothing to keep in order. */
export function firstStage(target: Snapshot): Stage {
  return { generation: 1, target, serving: target, served: 1, awaited: noNames, leaving: nobodyLeaves }
}

/** Whether the client has answered all that there is to tell it. */
export function isSettled({ types, stage }: StreamState): boolean {
  const done = ({ subscription, dirty, outstanding }: TypeState) => outstanding.length === 0 && (!dirty || !subscription)
  return stage !== undefined && Object.values(types).every(done)
}

export function withType(state: StreamState, type: ResourceTypeName, change: Partial<TypeState>): StreamState {
  return { ...state, types: { ...state.types, [type]: { ...state.types[type], ...change } } }
}

/** Without the names; the same map where none of them is in it. */
export function without<V>(map: ReadonlyMap<string, V>, names: Iterable<string>): ReadonlyMap<string, V> {
  let copy: Map<string, V> | undefined
  for (const name of names) {
    if (!map.has(name)) continue
    copy ??= new Map(map)
    copy.delete(name)
  }
  return copy ?? map
}
