import type { Kind } from '../../core/kind.js'
import type { StoreOptions } from '../../core/store.js'
import type { KubernetesPlace } from '../../kubernetes-api/connection.js'

export interface KubernetesStoreOptions extends KubernetesPlace, StoreOptions {
  /** The kinds that are kept: each has its CustomResourceDefinition in the cluster. */
  readonly kinds: readonly Kind[]
  /** The control plane's own namespace, where secrets are and what has no namespace of its own. */
  readonly systemNamespace: string
  /** Whether specs are read by their kinds' schemas, which leaves out what doesn't fit. Default: true. */
  readonly checked?: boolean
  /** Hears of objects that can't be used, once for each of their versions, and of a cluster that can't be asked. */
  onProblem?(problem: string): void
  /** How long an API server without an answer is waited for, in milliseconds. Default: 15 s. */
  readonly patienceMs?: number
  /** A leader that isn't heard of for so long is none any more, in milliseconds. Default: 15 s. */
  readonly leaseMs?: number
}
