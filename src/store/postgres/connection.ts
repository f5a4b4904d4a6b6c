import type { ClientConfig } from 'pg'

/** How TLS to the server is used, named as Kuma names it. */
export interface PostgresTls {
  /** `verifyNone`: encrypted, to whomever; `verifyCa`: the CA has signed it; `verifyFull`: and it is for this host. */
  readonly mode: 'disable' | 'verifyNone' | 'verifyCa' | 'verifyFull'
  /** PEM. Without it the CAs that Node knows count. */
  readonly ca?: string
  /** Of this client, PEM; both or none. */
  readonly cert?: string
  readonly key?: string
}

/** Which database, and as whom. */
export interface PostgresConnection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** Default: `disable`. */
  readonly tls?: PostgresTls
  /** For a connection to be there, in milliseconds. Default: 5 s. */
  readonly connectTimeoutMs?: number
}

/** A statement without an answer for so long counts as a lost connection, in milliseconds. */
const answerMs = 30_000

/** What the driver takes. */
export function clientConfig(connection: PostgresConnection): ClientConfig {
  const { host, port, user, password, database, tls, connectTimeoutMs = 5000 } = connection
  return {
    host,
    port,
    user,
    password,
    database,
    ssl: sslOf(tls),
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: answerMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'kuma-cp',
  }
}

function sslOf(tls: PostgresTls | undefined): ClientConfig['ssl'] {
  if (tls === undefined || tls.mode === 'disable') return false
  const { ca, cert, key, mode } = tls
  const own = { ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) }
  if (mode === 'verifyNone') return { ...own, rejectUnauthorized: false }
  const trusted = { ...own, ...(ca !== undefined && { ca }), rejectUnauthorized: true }
  return mode === 'verifyFull' ? trusted : { ...trusted, checkServerIdentity: () => undefined }
}
