import type { ResourceKey } from '../../core/resource.js'
import type { OwnerReference } from '../objects.js'
import type { Derived } from './dataplane.js'

/** What a controller wants of an object's own resources. */
export interface Outcome {
  /** To be there as they are here. */
  readonly wanted: readonly WantedResource[]
  /** Not to be there. */
  readonly unwanted: readonly Unwanted[]
  /** What the object's author should know. */
  readonly notes: readonly Note[]
}

export interface WantedResource {
  readonly resource: Derived<unknown> & { readonly status?: unknown }
  /** The object that it goes with. */
  readonly owner: OwnerReference
}

export interface Unwanted {
  readonly key: ResourceKey
  readonly because: string
}

/** An event of the object. Source: events/v1. */
export interface Note {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

export const nothing: Outcome = { wanted: [], unwanted: [], notes: [] }

export const warned = (reason: string, message: string): Outcome => ({ ...nothing, notes: [{ type: 'Warning', reason, message }] })
