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

/** How many different things are told apart. Beyond that, only the message counts, no longer what the fields say. */
const mostKeys = 1000

export function createQuietLog({ log, now, everyMs = 60_000 }: QuietLogOptions): QuietLog {
  const said = new Map<string, { readonly at: number; unsaid: number }>()

  function forgetOld(): void {
    for (const [key, { at, unsaid }] of said) if (unsaid === 0 && now() - at >= everyMs) said.delete(key)
  }

  return {
    warn(message, fields) {
      const exact = `${message} ${JSON.stringify(fields)}`
      if (said.size >= mostKeys) forgetOld()
      const key = said.has(exact) || said.size < mostKeys ? exact : message
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
