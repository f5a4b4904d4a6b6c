import type { Log, LogFields } from './log.js'

/** Says the same thing once in a while, and how often it happened meanwhile: what strangers do must not fill the log. */
export interface QuietLog {
  warn(message: string, fields: LogFields): void
}

export interface QuietLogOptions {
  readonly log: Pick<Log, 'warn'>
  /** Milliseconds, growing. */
  readonly now: () => number
  /** The same is said again after so long at the earliest, in milliseconds. Default: a minute. */
  readonly everyMs?: number
}

/** Of one message, so many different things are told apart. Beyond that, only the message counts, no longer what the fields say. */
const mostOfMessage = 20

interface Said {
  readonly at: number
  unsaid: number
}

export function createQuietLog({ log, now, everyMs = 60_000 }: QuietLogOptions): QuietLog {
  const messages = new Map<string, Map<string, Said>>()

  function forgetOld(said: Map<string, Said>): void {
    for (const [key, { at, unsaid }] of said) if (unsaid === 0 && now() - at >= everyMs) said.delete(key)
  }

  return {
    warn(message, fields) {
      const said = messages.get(message) ?? new Map<string, Said>()
      messages.set(message, said)
      const exact = JSON.stringify(fields)
      if (said.size >= mostOfMessage) forgetOld(said)
      const key = said.has(exact) || said.size < mostOfMessage ? exact : ''
      const last = said.get(key)
      if (last && now() - last.at < everyMs) {
        last.unsaid++
        return
      }
      said.delete(key)
      said.set(key, { at: now(), unsaid: 0 })
      log.warn(message, last && last.unsaid > 0 ? { ...fields, more: last.unsaid } : fields)
    },
  }
}
