import type { Snapshot } from '../translate/snapshot.js'
import type { Received } from './delivery.js'
import type { Response, StreamState } from './stream-state.js'

/** One variant of the xDS protocol, as pure functions over the state of one stream. */
export interface Protocol<Request> {
  /** Takes a request. */
  receive(state: StreamState, request: Request): Received
  /** Takes a new snapshot for the proxy. */
  update(state: StreamState, snapshot: Snapshot): StreamState
  /**
   * The next response that may go out now, if there is one. Whoever writes it asks for the next when the stream can take
   * one: what changes in between is told once, in its latest form.
   */
  next(state: StreamState): { readonly state: StreamState; readonly response?: Response }
}
