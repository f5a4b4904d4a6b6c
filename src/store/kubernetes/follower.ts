import { setTimeout as sleep } from 'node:timers/promises'
import type { KubernetesApi, WatchEvent } from '../../kubernetes-api/api.js'
import { ApiFailure } from '../../kubernetes-api/failure.js'

export interface Watched {
  readonly path: string
  readonly fieldSelector?: string
  readonly labelSelector?: string
}

export interface FollowOptions {
  readonly api: KubernetesApi
  readonly watched: Watched
  /** Where it begins. */
  readonly from: string
  readonly signal: AbortSignal
  onEvent(event: WatchEvent): void
  /** What was there at some moment, since what came after the last one heard of is no longer known. Gives that moment. */
  anew(): Promise<string>
}

/** Watches end by themselves after so many seconds, each after another time. */
const shortest = 240
const spread = 120

const firstPause = 50
const longestPause = 5000
/** Before a kind is looked for again that the cluster doesn't have, in milliseconds. */
const absentPause = 10_000

/** Hears everything that happens to the objects of a path, from a moment on until the signal. */
export async function follow({ api, watched, from, signal, onEvent, anew }: FollowOptions): Promise<void> {
  let at = from
  for (let pause = firstPause; !signal.aborted; ) {
    try {
      const timeoutSeconds = String(shortest + Math.floor(Math.random() * spread))
      const { path, ...selectors } = watched
      const query = { ...selectors, resourceVersion: at, timeoutSeconds }
      for await (const event of api.watch(path, { query, signal })) {
        at = event.object.metadata.resourceVersion ?? at
        pause = firstPause
        if (event.type !== 'BOOKMARK') onEvent(event)
      }
    } catch (error) {
      if (signal.aborted) return
      const status = error instanceof ApiFailure ? error.status : 0
      pause = Math.min(pause * 2, longestPause)
      await sleep(status === 404 ? absentPause : pause, undefined, { signal }).catch(() => undefined)
      if (status === 410) at = await anew().catch(() => at)
    }
  }
}
