import { KumaError } from '../../core/errors.js'

/** The part of the connection that a failure speaks of; `undefined`: none of them. */
export type FaultySetting = 'host' | 'user' | 'password' | 'database' | 'tls'

/** SQLSTATE classes and codes after which another try may go well: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const passing = [
  /^08/, // the connection
  /^40/, // serialization, deadlock
  /^53(?!100)/, // too many connections, no memory; not a full disk
  /^57P0[1-5]$/, // shutting down, crashed, starting, dropped, idle for too long
  /^25P03$/, // a transaction in which nothing happened for too long
  /^25006$/, // read-only: a standby, until it is promoted
  /^55P03$/, // a lock that was not to be had
]

const refusals: Readonly<Record<string, FaultySetting>> = {
  '28P01': 'password',
  '28000': 'user',
  '3D000': 'database',
  ENOTFOUND: 'host',
  EAI_AGAIN: 'host',
  ECONNREFUSED: 'host',
  EHOSTUNREACH: 'host',
  ENETUNREACH: 'host',
  ETIMEDOUT: 'host',
}

/** SQLSTATE, or what Node calls the failure of a socket; empty where there is neither. */
export function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}

const isSqlState = (code: string) => /^[0-9A-Z]{5}$/.test(code)

/** Whether the server, not the connection to it, said no. */
export function isServersWord(error: unknown): boolean {
  return isSqlState(codeOf(error)) && !/^(08|57P|25P03)/.test(codeOf(error))
}

/** Whether it may go well if it is tried again. */
export function mayHeal(error: unknown): boolean {
  if (error instanceof KumaError) return error.cause !== undefined && error.code === 'store-failed' && mayHeal(error.cause)
  if (tlsFault(error)) return false
  const code = codeOf(error)
  return isSqlState(code) ? passing.some((pattern) => pattern.test(code)) : true
}

/** Which setting has to be looked at first. */
export function faultySetting(error: unknown): FaultySetting | undefined {
  const cause = error instanceof KumaError ? error.cause : error
  if (tlsFault(cause)) return 'tls'
  // `pg_hba.conf` may refuse for want of encryption; version 13 calls that "SSL off".
  if (codeOf(cause) === '28000' && /no encryption|SSL off/.test(messageOf(cause))) return 'tls'
  return refusals[codeOf(cause)] ?? (/timeout|terminated/i.test(messageOf(cause)) ? 'host' : undefined)
}

function tlsFault(error: unknown): boolean {
  const text = `${codeOf(error)} ${messageOf(error)}`
  return /does not support SSL|ERR_TLS|ERR_SSL|ERR_OSSL|CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|establishing an SSL/.test(
    text,
  )
}

/** @param place the server, for people: `kuma at 127.0.0.1:5432` */
export function asKumaError(place: string, error: unknown): KumaError {
  if (error instanceof KumaError) return error
  return new KumaError('store-failed', `PostgreSQL (${place}): ${messageOf(error)}`, { cause: error })
}

function messageOf(error: unknown): string {
  // Node tells of several addresses that were tried in one error without words.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ')
  const text = error instanceof Error ? error.message : String(error)
  const hint = codeOf(error) === '25006' ? ' (the database is read-only: a standby, or set so)' : ''
  return `${text.split('\n', 1)[0]}${hint}`
}
