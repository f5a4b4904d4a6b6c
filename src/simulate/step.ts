import type { Metadata } from '../gen/envoy/config/core/v3/base.js'
import type { HttpMessage } from './request.js'
import type { Hop, Outcome } from './result.js'

/** What filters make of a connection or request: it ends here, or it goes on to a cluster. One step for each way it may go. */
export type Step = End | Forward

export interface End extends Pick<Outcome, 'kind' | 'probability' | 'reason' | 'status' | 'location' | 'grpcStatus'> {
  readonly hop: Hop
}

export interface Forward {
  readonly kind: 'forward'
  readonly probability: number
  readonly hop: Hop
  readonly cluster: string
  /** Whether this proxy speaks HTTP itself: then it is the one who answers when what follows fails. */
  readonly speaksHttp: boolean
  /** The request as it goes on; absent for bytes that are not HTTP. */
  readonly message?: HttpMessage
  /** The authority becomes the endpoint's name. */
  readonly autoHost?: boolean
  /** Which of the cluster's endpoints are meant. */
  readonly metadataMatch?: Metadata
}

/** Multiplies in what came before. */
export function likely<S extends { readonly probability: number }>(steps: readonly S[], probability: number): S[] {
  return steps.map((step) => ({ ...step, probability: step.probability * probability }))
}
