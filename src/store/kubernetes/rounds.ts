/** Shares questions: all who ask while one is on its way get the answer of the next, which is asked after they did. */
export class Rounds<T> {
  private running: Promise<T> | undefined
  private following: Promise<T> | undefined

  constructor(private readonly ask: () => Promise<T>) {}

  /** An answer to a question that is asked from now on. */
  next(): Promise<T> {
    if (this.running === undefined) return this.begin()
    this.following ??= this.running.then(
      () => this.begin(),
      () => this.begin(),
    )
    return this.following
  }

  private begin(): Promise<T> {
    this.following = undefined
    const asked = this.ask().finally(() => {
      if (this.running === asked) this.running = undefined
    })
    this.running = asked
    return asked
  }
}
