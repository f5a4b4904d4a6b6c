import type { Leader, Term } from '../core/leader.js'

/** What a control plane does for as long as it leads. */
export interface TermWork {
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>
}

/** Starts work with each term and ends it with the term. */
export function workOfTerms(leader: Pick<Leader, 'onTerm'>, start: (term: Term) => TermWork): { close(): Promise<void> } {
  const running = new Set<TermWork>()
  const ended: Promise<void>[] = []
  const end = (work: TermWork) => {
    if (running.delete(work)) ended.push(work.stop())
  }
  const unwatch = leader.onTerm((term) => {
    const work = start(term)
    running.add(work)
    term.over.addEventListener('abort', () => end(work), { once: true })
  })
  return {
    async close() {
      unwatch()
      for (const work of running) end(work)
      await Promise.all(ended)
    },
  }
}
