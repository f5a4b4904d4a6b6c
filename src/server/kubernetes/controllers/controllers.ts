import type { Registry } from '../../../core/kind.js'
import type { Leader, Term } from '../../../core/leader.js'
import type { KubernetesApi } from '../../../kubernetes-api/api.js'
import type { ControllerSettings } from '../../../kubernetes/controllers/cluster-view.js'
import type { Log } from '../../log.js'
import { ControllerRun } from './run.js'

export interface ControllerOptions {
  readonly api: KubernetesApi
  readonly registry: Registry
  /** The leader's work: others follow nothing. */
  readonly leader: Pick<Leader, 'onTerm'>
  readonly settings: ControllerSettings
  readonly log: Log
  /** How many Pods and Services are worked on at a time. Default: 10. */
  readonly concurrency?: number
  /** All is looked at again after so long, in milliseconds. Default: ten minutes. */
  readonly resyncMs?: number
}

export interface Controllers {
  close(): Promise<void>
}

/**
 * Keeps what is made of a cluster's Pods and Services as it is to be: Dataplanes, zone proxies and MeshServices. Work is proportional to
 * what changes.
 */
export function createControllers(options: ControllerOptions): Controllers {
  let run: ControllerRun | undefined
  let ending: Promise<void> = Promise.resolve()
  const end = () => {
    const ended = run
    run = undefined
    if (ended) ending = Promise.all([ending, ended.close()]).then(() => undefined)
  }
  const unwatch = options.leader.onTerm((term: Term) => {
    if (term.over.aborted) return
    end()
    run = new ControllerRun(options, term)
    run.start()
    term.over.addEventListener('abort', end, { once: true })
  })
  return {
    async close() {
      unwatch()
      end()
      await ending
    },
  }
}
