/** Something that the person at the terminal has to know and can act on; printed as `Error: <message>`, exit status 1. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure'
}
