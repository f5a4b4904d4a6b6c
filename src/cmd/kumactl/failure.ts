export { CliFailure } from '../failure.js'

/** Everything is said already, and the exit status says it to programs. */
export class ExitStatus extends Error {
  constructor(readonly status: number) {
    super(`exit status ${status}`)
  }
}
