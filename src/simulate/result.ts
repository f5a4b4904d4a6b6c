import type { ProxyKey } from '../translate/fleet.js'

/** All that may become of a request, the likeliest first. */
export interface Simulation {
  readonly from: ProxyKey
  /** Their probabilities add up to 1: one for each way that weights, percentages of faults and endpoints leave open. */
  readonly outcomes: readonly Outcome[]
}

/**
 * - `delivered`: the application behind the last proxy, or something outside the mesh, gets it
 * - `denied`: a permission or mutual TLS keeps the caller out
 * - `answered`: a proxy answers itself (redirect, fault, direct response)
 * - `failed`: it leads nowhere (no route, no cluster, no endpoint, not the listener's protocol)
 * - `unknown`: the configuration holds something that isn't simulated; `reason` names it
 */
export type OutcomeKind = 'delivered' | 'denied' | 'answered' | 'failed' | 'unknown'

export interface Outcome {
  readonly kind: OutcomeKind
  /** 0 to 1. */
  readonly probability: number
  /** In a sentence. */
  readonly reason: string
  /** What an HTTP caller sees, where a proxy answers. Absent where the answer is the application's, or the connection just ends. */
  readonly status?: number
  /** Of a gRPC request that a proxy answers: the code of gRPC, beside a status of 200. */
  readonly grpcStatus?: number
  /** Of a redirect. */
  readonly location?: string
  /** The proxies that were passed: the caller's first. */
  readonly hops: readonly Hop[]
  /** What arrives, where something does. */
  readonly arrives?: Arrival
}

export interface Arrival {
  readonly address: string
  readonly port: number
  /** Of HTTP. */
  readonly request?: { readonly method: string; readonly path: string; readonly authority: string; readonly headers: HeaderValues }
}

export type HeaderValues = Readonly<Record<string, readonly string[]>>

/** What one proxy did. */
export interface Hop {
  readonly proxy: ProxyKey
  readonly listener: string
  /** Position of the filter chain, where the listener has several. */
  readonly filterChain?: number
  /** What permissions said, one entry for each RBAC filter that was passed. */
  readonly permissions: readonly PermissionDecision[]
  readonly virtualHost?: string
  readonly route?: RouteTaken
  readonly faults: readonly FaultMet[]
  /** Limits on the way. They are taken as not exhausted. */
  readonly rateLimits: readonly RateLimit[]
  readonly cluster?: string
  readonly endpoint?: EndpointTaken
}

export interface PermissionDecision {
  readonly allowed: boolean
  /** Where it was asked: before a byte is read, or for each request. */
  readonly level: 'connection' | 'request'
  /** Policies that decided; none: nobody allows it. */
  readonly by: readonly string[]
  /** Policies that would deny, if they were enforced. */
  readonly shadowDeniedBy?: readonly string[]
}

export interface RouteTaken {
  readonly name?: string
  /** Position among the routes of the virtual host. */
  readonly index: number
  /** What matched, e.g. `prefix /api, :method = GET`. */
  readonly match: string
  /** Destinations with their shares, 0 to 1. Empty for a redirect or direct response. */
  readonly clusters: readonly { readonly name: string; readonly share: number }[]
  /** Seconds; 0: none. */
  readonly timeoutSeconds?: number
  readonly idleTimeoutSeconds?: number
  readonly maxStreamDurationSeconds?: number
  readonly retry?: { readonly on: string; readonly retries: number; readonly perTryTimeoutSeconds?: number }
  readonly rewrite?: { readonly path?: string; readonly host?: string }
  readonly mirrors: readonly { readonly cluster: string; readonly share: number }[]
}

export interface FaultMet {
  /** Seconds, and how likely, 0 to 1. */
  readonly delay?: { readonly seconds: number; readonly share: number }
  readonly abort?: { readonly status: number; readonly share: number }
  readonly bandwidth?: { readonly kilobitsPerSecond: number; readonly share: number }
}

export interface RateLimit {
  readonly level: 'connection' | 'request'
  readonly requests: number
  readonly perSeconds: number
  /** What callers above the limit see. */
  readonly status?: number
}

export interface EndpointTaken {
  readonly address: string
  readonly port: number
  readonly priority: number
  readonly zone?: string
  readonly tags: Readonly<Record<string, string>>
  /** The proxy behind it, where it is one of the fleet. */
  readonly proxy?: ProxyKey
}
