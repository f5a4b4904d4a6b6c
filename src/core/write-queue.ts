import type { ChangeEvent, Stored, Write } from './store.js'
import { Layer, type Outcome, type Progress, type View, transact } from './transaction.js'

/** A transaction that somebody waits for. */
export interface WriteRequest {
  readonly writes: readonly Write[]
  /** Of a leader: the term in which alone it may be applied. */
  readonly term?: number
}

/** What transactions come to that are kept together. */
export interface Group {
  /** The last change of each key. */
  readonly changes: readonly ChangeEvent[]
  /** Of each request, in order: what it comes to, or why it is refused. */
  readonly outcomes: readonly (Outcome | { readonly refused: unknown })[]
  readonly progress: Progress
}

/** Works transactions out, each on top of those before it. One that is refused leaves the others alone. */
export function transactEach(view: View, requests: readonly WriteRequest[], before: Progress, clock: () => Date): Group {
  const layer = new Layer(view)
  let progress = before
  const outcomes = requests.map(({ writes }) => {
    try {
      const outcome = transact(layer, writes, progress, clock())
      for (const event of outcome.events) layer.apply(event)
      progress = outcome.progress
      return outcome
    } catch (refused) {
      return { refused }
    }
  })
  return { changes: layer.events, outcomes, progress }
}

/** The transactions of a group that were applied, as they are told to watchers. */
export function transactionsOf({ outcomes }: Group): readonly (readonly ChangeEvent[])[] {
  return outcomes.flatMap((outcome) => ('events' in outcome ? [outcome.events] : []))
}

export interface WriteQueueOptions {
  /** Keeps the requests' transactions, all or none, and tells watchers; nobody hears how theirs went before. */
  commit(requests: readonly WriteRequest[]): Promise<Group>
  /** Whether one request may be at fault for all, with a value that can't be written: then each is tried alone. */
  oneAtFault(error: unknown): boolean
}

interface Waiting extends WriteRequest {
  readonly resolve: (results: Outcome['results']) => void
  readonly reject: (error: unknown) => void
}

/** Keeps together what waits together: while one group is being written, the next gathers. */
export class WriteQueue {
  private readonly queue: Waiting[] = []
  private working: Promise<void> | undefined

  constructor(private readonly options: WriteQueueOptions) {}

  add(request: WriteRequest): Promise<readonly (Stored | undefined)[]> {
    return new Promise((resolve, reject) => {
      this.queue.push({ ...request, resolve, reject })
      this.working ??= this.work()
    })
  }

  /** Resolves once all that was added is done. */
  async idle(): Promise<void> {
    await this.working
  }

  private async work(): Promise<void> {
    // Whoever writes in the same turn shares the first commit as well.
    await Promise.resolve()
    while (this.queue.length > 0) await this.commit(this.queue.splice(0))
    this.working = undefined
  }

  private async commit(requests: readonly Waiting[]): Promise<void> {
    try {
      const { outcomes } = await this.options.commit(requests)
      for (const [index, outcome] of outcomes.entries()) {
        if ('refused' in outcome) requests[index]?.reject(outcome.refused)
        else requests[index]?.resolve(outcome.results)
      }
    } catch (error) {
      if (requests.length > 1 && this.options.oneAtFault(error)) for (const request of requests) await this.commit([request])
      else for (const { reject } of requests) reject(error)
    }
  }
}
