type Counts = Record<string, number | number[]>
interface FileCoverage {
  readonly s: Counts
  readonly b: Counts
}

/** Which counters an input has raised to a height that none before it had reached: once, a few times, often. */
export class Coverage {
  private readonly seen = new Set<string>()

  private get files(): Readonly<Record<string, FileCoverage>> {
    return (globalThis as { __coverage__?: Record<string, FileCoverage> }).__coverage__ ?? {}
  }

  /** How many heights were reached in all. */
  get size(): number {
    return this.seen.size
  }

  /** Whether something new was reached since the last time; counts anew from here. */
  takeNew(): boolean {
    const before = this.seen.size
    for (const [file, { s, b }] of Object.entries(this.files)) {
      this.take(`${file} s`, s)
      this.take(`${file} b`, b)
    }
    return this.seen.size > before
  }

  private take(place: string, counts: Counts): void {
    for (const [id, count] of Object.entries(counts)) {
      if (typeof count === 'number') {
        if (count === 0) continue
        this.seen.add(`${place}${id} ${height(count)}`)
        counts[id] = 0
        continue
      }
      for (const [i, times] of count.entries()) {
        if (times === 0) continue
        this.seen.add(`${place}${id}.${i} ${height(times)}`)
        count[i] = 0
      }
    }
  }
}

/** 1, 2, 3 to 4, 5 to 8 and so on. */
const height = (count: number) => Math.ceil(Math.log2(count))
