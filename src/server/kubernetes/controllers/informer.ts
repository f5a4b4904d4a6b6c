import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterObject, KubernetesApi } from '../../../kubernetes-api/api.js'
import { ApiFailure } from '../../../kubernetes-api/failure.js'

export interface InformerOptions {
  readonly api: Pick<KubernetesApi, 'list' | 'watch'>
  /** Of the collection, such as `/api/v1/pods`. */
  readonly path: string
  readonly signal: AbortSignal
  /** All objects as they are at one moment: what isn't among them is gone. */
  onList(objects: readonly ClusterObject[]): void
  onChange(object: ClusterObject, gone: boolean): void
  onFailure(error: unknown): void
}

/** A watch ends by itself after so many seconds, each after another time, so that not all come back at once. */
const shortestWatch = 240
const spread = 120

const firstPause = 100
const longestPause = 10_000

/**
 * Follows the objects of a collection until the signal. Resolves once the first list is told, or the signal is aborted before; what the API
 * server doesn't answer is asked for again.
 */
export function inform(options: InformerOptions): Promise<void> {
  return new Promise((resolve) => {
    options.signal.addEventListener('abort', () => resolve(), { once: true })
    void follow(options, resolve)
  })
}

async function follow(options: InformerOptions, onListed: () => void): Promise<void> {
  const { api, path, signal, onList, onChange, onFailure } = options
  let at: string | undefined
  for (let pause = firstPause; !signal.aborted; ) {
    try {
      if (at === undefined) {
        const { items, resourceVersion } = await api.list(path, { signal })
        if (signal.aborted) return
        onList(items)
        at = resourceVersion
        onListed()
      }
      const timeoutSeconds = String(shortestWatch + Math.floor(Math.random() * spread))
      for await (const { type, object } of api.watch(path, { query: { resourceVersion: at, timeoutSeconds }, signal })) {
        if (signal.aborted) return
        at = object.metadata.resourceVersion ?? at
        pause = firstPause
        if (type !== 'BOOKMARK') onChange(object, type === 'DELETED')
      }
    } catch (error) {
      if (signal.aborted) return
      // What happened after the last moment that was heard of is no longer known: all is looked at anew.
      const lost = error instanceof ApiFailure && error.status === 410
      if (lost) at = undefined
      else onFailure(error)
      await sleep(pause, undefined, { signal }).catch(() => undefined)
      pause = Math.min(pause * 2, longestPause)
    }
  }
}
