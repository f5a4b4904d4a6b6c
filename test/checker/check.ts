import { keyOf } from '../../src/core/resource.js'
import type { History } from './history.js'
import { isLinearizable } from './linearizable.js'

/** What is wrong with a history: a text each. */
export function faultsOf({ operations, observations, watchers }: History): string[] {
  const stale = [...operations].flatMap(([key, all]) => (isLinearizable(all) ? [] : [`no order explains ${key}: ${JSON.stringify(all)}`]))
  return [...stale, ...observations.faults, ...missed(operations, watchers)]
}

/** Each acknowledged version after a watcher began is told, or one that came after it is. */
function missed(operations: History['operations'], watchers: History['watchers']): string[] {
  return watchers.flatMap(({ from = 0, events }) =>
    [...operations].flatMap(([key, all]) => {
      const last = Math.max(0, ...events.filter((event) => keyOf(event.key) === key).map(({ position }) => position))
      return all.flatMap(({ did }) => {
        if (did.op !== 'put' || typeof did.result !== 'object') return []
        const { version } = did.result
        return version > from && version > last ? [`a watcher from ${from} never heard of ${key} at ${version}`] : []
      })
    }),
  )
}
