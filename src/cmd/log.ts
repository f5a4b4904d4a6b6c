import { type Logger, pino } from 'pino'
import pretty from 'pino-pretty'

export type { Logger } from 'pino'

export const logLevels = ['off', 'error', 'warn', 'info', 'debug', 'trace'] as const
export type LogLevel = (typeof logLevels)[number]

/** A program's log on standard error: a line an event for people, with the fields behind the message. */
export function createLogger(name: string, level: LogLevel): Logger {
  const colorize = process.stderr.isTTY === true
  const lines = pretty({ colorize, destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname', singleLine: true })
  return pino({ name, level: level === 'off' ? 'silent' : level }, lines)
}
