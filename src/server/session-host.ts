import type { ResourceTypeName, Snapshot } from '../translate/snapshot.js'
import type { Refused } from './caught-up.js'
import type { Outcome, Rejection } from './delivery.js'
import type { NodeIdentity } from './node.js'
import type { Finding, Quarantine } from './quarantine.js'
import type { PushQueue } from './push-queue.js'
import type { OutgoingMessage } from './response-bytes.js'
import type { SendBudget, Sender } from './send-budget.js'

/** Why a stream ends; each is a gRPC status. */
export type EndReason =
  | 'invalid-argument'
  | 'unauthenticated'
  | 'permission-denied'
  | 'not-found'
  | 'resource-exhausted'
  | 'deadline-exceeded'
  | 'unavailable'
  | 'ok'

/** The wire under a session. */
export interface Transport {
  /** Sends one message; `onSent` is called when it has left this process. */
  send(message: OutgoingMessage, onSent: () => void): void
  /** Ends the stream. */
  end(reason: EndReason, message: string): void
  /** No more messages are to be read until {@link resume}. */
  pause(): void
  resume(): void
}

export type Admission =
  | { readonly ok: true; readonly quarantine?: Quarantines }
  | { readonly ok: false; readonly reason: EndReason; readonly message: string }

/** What a proxy refused, by type. */
export type Quarantines = { readonly [T in ResourceTypeName]: Quarantine }

/** Who decides about sessions, feeds them with snapshots, and hears what happens. */
export interface SessionHost {
  /** Whether the proxy may have the stream. Fails closed: what it throws ends the stream as unavailable. */
  admit(node: NodeIdentity, credential: string | undefined): Promise<Admission>
  /** The session waits for its first {@link Session.update}. */
  joined(session: Session): void
  left(session: Session, reason: EndReason, message: string): void
  /** A stream ended before it was anybody's. */
  refused(id: string, reason: EndReason, message: string): void
  answered(session: Session, type: ResourceTypeName, outcome: Outcome, rejection: Rejection | undefined): void
  sent(session: Session, type: ResourceTypeName, bytes: number): void
  /** There is nothing more to send for now. */
  rested(session: Session): void
  /** The client has accepted, or refused, all that it was to get; in milliseconds since the change. */
  delivered(session: Session, ms: number): void
}

export interface SessionLimits {
  /** Bytes that may be on their way to a client; as long as there are more, nothing is added. Default: 1 MiB. */
  readonly inFlightBytes: number
  /** Longest request, in bytes. Default: 4 MiB. */
  readonly requestBytes: number
  /** Of a client that sends more requests in a second, the rest is read in the next. Default: 1000. */
  readonly requestsPerSecond: number
  /** A stream without a request is ended after so long, in milliseconds. Default: 10 s. */
  readonly firstRequestMs: number
  /** A client that takes nothing for so long is dropped, in milliseconds. Default: 30 s. */
  readonly stallMs: number
  /** How long listeners wait for clusters to be in place, and what is dropped for the listeners that no longer need it. Default: 5 s. */
  readonly holdMs: number
}

export const defaultLimits: SessionLimits = {
  inFlightBytes: 1 << 20,
  requestBytes: 4 << 20,
  requestsPerSecond: 1000,
  firstRequestMs: 10_000,
  stallMs: 30_000,
  holdMs: 5_000,
}

/** What the host and whoever feeds it may know of a stream. */
export interface Session {
  readonly id: string
  readonly protocol: 'sotw' | 'delta'
  /** Who it is; the same for the whole life of the stream. */
  readonly node: NodeIdentity
  /** What it showed when it came: the value of `authorization`. */
  readonly credential: string | undefined
  readonly settled: boolean
  /** Whether the client has answered all that it was to get, and asked for all that it has to ask for. */
  readonly caughtUp: boolean
  /** What the client refuses of what it is to have now. */
  readonly refused: readonly Refused[]
  readonly quarantines: Quarantines
  /** Takes what was found out about a resource that the client refuses. */
  explain(type: ResourceTypeName, finding: Finding): void
  /** The proxy's configuration from now on. */
  update(snapshot: Snapshot): void
  end(reason: EndReason, message: string): void
}

export interface SessionOptions {
  readonly id: string
  readonly host: SessionHost
  readonly transport: Transport
  /** Value of the `authorization` header of the stream. */
  readonly credential: string | undefined
  /** Which control plane this is. */
  readonly instanceId: string
  readonly limits?: Partial<SessionLimits>
  /** Shared by all sessions of a server. Default: no limit beside the session's own. */
  readonly budget?: SendBudget
  /** Who may send more comes here after each response, so that all get their first before any gets its second. Default: no turns. */
  readonly turns?: Pick<PushQueue<Sender>, 'add' | 'remove'>
  /** Milliseconds, growing. */
  readonly now: () => number
}
