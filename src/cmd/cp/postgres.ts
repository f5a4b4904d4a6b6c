import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { KumaError } from '../../core/errors.js'
import type { PostgresConnection, PostgresStore, PostgresStoreOptions } from '../../store/postgres.js'
import { type FaultySetting, faultySetting, mayHeal } from '../../store/postgres/failures.js'
import type { Logger } from '../log.js'
import { ConfigFault, environmentName } from './config.js'
import { durationMs } from './setting.js'
import type { StoreSettings } from './store-settings.js'

type Settings = StoreSettings['postgres']

const firstPauseMs = 1000
const longestPauseMs = 30_000

/**
 * Opens the store, and waits for as long as it takes for a server that may still come.
 * @throws ConfigFault that names the setting to look at
 */
export async function openPostgres(settings: Settings, log: Logger): Promise<PostgresStore> {
  const { openPostgresStore } = await driver()
  const options = optionsOf(settings)
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
    try {
      return await openPostgresStore(options)
    } catch (error) {
      if (!mayHeal(error)) throw faultOf(error)
      log.warn(`${faultOf(error).message}; trying again in ${pause / 1000} s`)
      await sleep(pause)
    }
  }
}

/**
 * Prepares the database.
 * @returns how many steps it took
 * @throws ConfigFault that names the setting to look at
 */
export async function migrateDatabase(settings: Settings): Promise<number> {
  const { migratePostgres } = await driver()
  try {
    return await migratePostgres(optionsOf(settings))
  } catch (error) {
    throw faultOf(error)
  }
}

/** For people: `kuma at 127.0.0.1:5432`. */
export function placeOf({ dbName, host, port }: Settings): string {
  return `PostgreSQL, ${dbName} at ${host}:${port}`
}

async function driver(): Promise<typeof import('../../store/postgres.js')> {
  try {
    return await import('../../store/postgres.js')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new ConfigFault('store.type (KUMA_STORE_TYPE): PostgreSQL needs the package "pg", which is not there: npm install pg')
  }
}

/** @throws ConfigFault */
function optionsOf(settings: Settings): PostgresStoreOptions {
  const { host, port, user, password, dbName: database, tls, minOpenConnections, maxOpenConnections } = settings
  if (maxOpenConnections > 0 && minOpenConnections > maxOpenConnections) {
    const limits = `${minOpenConnections} is more than ${named(['maxOpenConnections'])}, which is ${maxOpenConnections}`
    throw new ConfigFault(`${named(['minOpenConnections'])}: ${limits}`)
  }
  const [lifetime, jitter] = [settings.maxConnectionLifetime, settings.maxConnectionLifetimeJitter].map(durationMs) as [number, number]
  if (jitter > lifetime) throw new ConfigFault(`${named(['maxConnectionLifetimeJitter'])}: more than ${named(['maxConnectionLifetime'])}`)
  // Signed by anybody whom this machine trusts, for whatever host: that would be no check at all.
  if (tls.mode === 'verifyCa' && tls.caPath === '') {
    throw new ConfigFault(`${named(['tls', 'caPath'])}: ${named(['tls', 'mode'])} is verifyCa, which needs the CA`)
  }
  if (tls.disableSSLSNI && isIP(host) === 0) {
    const instead = `put the server's address into ${named(['host'])}`
    throw new ConfigFault(`${named(['tls', 'disableSSLSNI'])}: the driver always tells the name of the host, ${instead}`)
  }
  if ((tls.certPath === '') !== (tls.keyPath === '')) {
    throw new ConfigFault(`${named(['tls', 'certPath'])} and ${named(['tls', 'keyPath'])} go together: one of them is missing`)
  }
  return {
    ...{ host, port, user, password, database },
    tls: {
      mode: tls.mode,
      ca: read(tls, 'caPath'),
      cert: read(tls, 'certPath'),
      key: read(tls, 'keyPath'),
    } satisfies PostgresConnection['tls'],
    connectTimeoutMs: settings.connectionTimeout * 1000,
    minConnections: minOpenConnections,
    maxConnections: maxOpenConnections || Number.MAX_SAFE_INTEGER,
    maxIdleMs: durationMs(settings.maxConnectionIdleTime),
    maxLifetimeMs: lifetime,
    lifetimeJitterMs: jitter,
    tolerateNewer: settings.tolerateNewerDBVersions,
  }
}

function read(tls: Settings['tls'], setting: 'caPath' | 'certPath' | 'keyPath'): string | undefined {
  if (tls[setting] === '') return undefined
  try {
    return readFileSync(tls[setting], 'utf8')
  } catch (error) {
    throw new ConfigFault(`${named(['tls', setting])}: ${(error as Error).message}`)
  }
}

const paths: Readonly<Record<FaultySetting, readonly (readonly string[])[]>> = {
  host: [['host'], ['port']],
  user: [['user']],
  password: [['user'], ['password']],
  database: [['dbName']],
  tls: [
    ['tls', 'mode'],
    ['tls', 'caPath'],
  ],
}

/** One line: the settings, and what the server or the network said. */
function faultOf(error: unknown): ConfigFault {
  const shapeIsWrong = error instanceof KumaError && (error.code === 'store-older' || error.code === 'store-newer')
  const setting = shapeIsWrong ? 'database' : (faultySetting(error) ?? 'host')
  const message = error instanceof Error ? error.message : String(error)
  return new ConfigFault(`${paths[setting].map(named).join(', ')}: ${message}`)
}

function named(path: readonly string[]): string {
  const whole = ['store', 'postgres', ...path]
  return `${whole.join('.')} (${environmentName(whole)})`
}
