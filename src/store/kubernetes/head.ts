import { gunzipSync, gzipSync } from 'node:zlib'
import { KumaError } from '../../core/errors.js'
import type { ResourceKey } from '../../core/resource.js'
import type { ClusterObject, KubernetesApi } from '../../kubernetes-api/api.js'
import { ApiFailure } from '../../kubernetes-api/failure.js'
import { fieldManager, type Place } from '../../kubernetes/crd/mapping.js'

/** One change of a transaction, before it is made. */
export interface Planned {
  readonly op: 'create' | 'update' | 'delete'
  readonly key: ResourceKey
  readonly place: Place
  /** Of what is created or updated; without resourceVersion. */
  readonly object?: ClusterObject
  /** The resourceVersion that it builds on; absent where an earlier change of the same transaction decides it. */
  readonly revision?: string
  /** Of what is deleted: another object of the name stays. */
  readonly uid?: string
}

/** A transaction that is being made. Whoever finds it left behind finishes it. */
export interface Pending {
  readonly id: string
  readonly changes: readonly Planned[]
  /** Nanoseconds since 1970: the last time that it gives out. */
  readonly time: string
  /** How often whoever makes it has said so. */
  readonly beat?: number
}

export type SettledChange =
  | { readonly op: 'put'; readonly key: ResourceKey; readonly object: ClusterObject; readonly position: number }
  | { readonly op: 'delete'; readonly key: ResourceKey; readonly place: Place; readonly position: number }

/** A transaction that was made, as all who follow learn of it. */
export interface Settled {
  readonly id: string
  readonly changes: readonly SettledChange[]
}

/** What control planes agree on, in one object of the cluster. */
export interface HeadState {
  /** How many transactions were made. */
  readonly sequence: number
  /** Of the last change. */
  readonly position: number
  /** Nanoseconds since 1970: the last time that was given out. */
  readonly time: string
  /** Of the last leader; 0: there was none. */
  readonly term: number
  /** The last deletions, in their order; all of them after `horizon`. */
  readonly deletions: readonly { readonly key: ResourceKey; readonly position: number }[]
  readonly horizon: number
  readonly pending?: Pending
  /** The transaction that `sequence` counted last. */
  readonly last?: Settled
}

export interface HeadRead {
  readonly state: HeadState
  /** Absent as long as there is none. */
  readonly object?: ClusterObject
  /** The moment of the whole cluster that it was read at. */
  readonly moment: string
}

const beginning: HeadState = { sequence: 0, position: 0, time: '0', term: 0, deletions: [], horizon: 0 }

export const headName = 'kuma-store'

/** As much as fits into an object of a cluster with room to spare, in bytes. */
const largest = 900_000

/**
 * The object that makes transactions of several objects one: who writes says in it what is to be done, does it, and says that it is
 * done. It is a Secret, for it may carry what secrets hold.
 */
export class Head {
  private readonly collection: string

  constructor(
    private readonly api: KubernetesApi,
    private readonly namespace: string,
  ) {
    this.collection = `/api/v1/namespaces/${namespace}/secrets`
  }

  /** Where and how it is watched. */
  get watched(): { readonly path: string; readonly fieldSelector: string } {
    return { path: this.collection, fieldSelector: `metadata.name=${headName}` }
  }

  /** What was last written by whomever: no cache is asked. */
  async read(): Promise<HeadRead> {
    const { items, resourceVersion } = await this.api.list(this.collection, { query: { fieldSelector: this.watched.fieldSelector } })
    const [object] = items
    return object === undefined
      ? { state: beginning, moment: resourceVersion }
      : { state: stateOf(object), object, moment: resourceVersion }
  }

  /**
   * Replaces what was read; undefined: somebody else was faster, or it isn't known.
   * @throws KumaError `store-failed` when it is too large to be written
   */
  async replace({ object }: HeadRead, state: HeadState): Promise<HeadRead | undefined> {
    const text = gzipSync(JSON.stringify(state)).toString('base64')
    if (text.length > largest) throw new KumaError('store-failed', `a transaction of ${text.length} bytes is more than the cluster takes`)
    const body = {
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'system.kuma.io/store',
      metadata: { name: headName, namespace: this.namespace, ...(object && { resourceVersion: object.metadata.resourceVersion }) },
      data: { state: text },
    }
    try {
      const query = { fieldManager }
      const written =
        object === undefined
          ? await this.api.send<ClusterObject>('POST', this.collection, { body, query })
          : await this.api.send<ClusterObject>('PUT', `${this.collection}/${headName}`, { body, query })
      return { state, object: written, moment: written.metadata.resourceVersion ?? '' }
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error
      if (error.mayHeal) return this.written(state)
      if (error.status === 409) return undefined
      throw error
    }
  }

  /** The head if it says what was to be written although the answer to that got lost. */
  private async written(state: HeadState): Promise<HeadRead | undefined> {
    const { object, ...read } = await this.read()
    if (object === undefined || JSON.stringify(read.state) !== JSON.stringify(state)) return undefined
    return { ...read, object, moment: object.metadata.resourceVersion ?? '' }
  }
}

/** @throws KumaError `store-corrupt` */
export function stateOf({ data }: ClusterObject): HeadState {
  try {
    const { state } = data as { readonly state: string }
    return JSON.parse(gunzipSync(Buffer.from(state, 'base64')).toString()) as HeadState
  } catch (error) {
    throw new KumaError('store-corrupt', `Secret ${headName} can't be read: ${(error as Error).message}`)
  }
}
