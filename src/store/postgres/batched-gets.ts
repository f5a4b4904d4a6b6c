import { type ResourceKey, keyOf } from '../../core/resource.js'
import type { Stored } from '../../core/store.js'

type Found = ReadonlyMap<string, Stored>

interface Waiting {
  readonly key: ResourceKey
  readonly resolve: (stored: Stored | undefined) => void
  readonly reject: (error: unknown) => void
}

/** Many gets at a time are one statement: while one is under way, the next gathers. Each is read after it was asked for. */
export class BatchedGets {
  private waiting: Waiting[] = []
  private running = false

  constructor(private readonly read: (keys: readonly ResourceKey[]) => Promise<Found>) {}

  get(key: ResourceKey): Promise<Stored | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ key, resolve, reject })
      if (!this.running) void this.run()
    })
  }

  private async run(): Promise<void> {
    this.running = true
    await Promise.resolve()
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0)
      try {
        const found = await this.read(batch.map(({ key }) => key))
        for (const { key, resolve } of batch) resolve(found.get(keyOf(key)))
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.running = false
  }
}
