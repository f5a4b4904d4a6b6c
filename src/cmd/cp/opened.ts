import type { Logger } from '../log.js'

/** What a program has opened, to be closed when it ends: the last first, whatever becomes of the others. */
export class Opened {
  private readonly closers: (() => Promise<unknown>)[] = []

  constructor(private readonly log: Logger) {}

  add(close: () => Promise<unknown>): void {
    this.closers.unshift(close)
  }

  /** Says where a server listens. */
  tell(what: string, host: string, port: number): void {
    this.log.info(`${what}: ${host.includes(':') ? `[${host}]` : host}:${port}`)
  }

  async closeAll(): Promise<void> {
    for (const close of this.closers.splice(0)) await close().catch((error: unknown) => this.log.error({ err: error }, 'closing failed'))
  }
}
