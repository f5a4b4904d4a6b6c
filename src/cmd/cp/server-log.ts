import type { Log } from '../../server/log.js'
import type { Logger } from '../log.js'

/** The program's log as servers use it. */
export function serverLog(log: Logger): Log {
  const at =
    (level: keyof Log) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      const { error, ...rest } = fields
      log[level](error === undefined ? rest : { ...rest, err: error }, message)
    }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
