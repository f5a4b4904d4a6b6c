import { type Environment, environmentName, knownSettings, readFile } from './config.js'

/** Settings of Kuma's store that mean nothing here, and why. */
const meaningless: Readonly<Record<string, string>> = {
  'store.cache.enabled': 'nothing is cached, reads ask the store',
  'store.cache.expirationTime': 'nothing is cached, reads ask the store',
  'store.upsert.conflictRetryBaseBackoff': 'whoever loses a race goes on from what the store tells',
  'store.upsert.conflictRetryMaxTimes': 'whoever loses a race goes on from what the store tells',
  'store.upsert.conflictRetryJitterPercent': 'whoever loses a race goes on from what the store tells',
  'store.postgres.healthCheckInterval': 'connections that end are noticed at once, and silent ones by TCP keep-alive',
  'store.postgres.maxIdleConnections': 'maxConnectionIdleTime says how long idle connections are kept',
  'store.postgres.maxListQueryElements': 'control planes follow the log of changes and list nothing anew',
  'store.postgres.readReplica.host': 'everything is read from the server that is written to, so that nothing is stale',
  'store.postgres.readReplica.port': 'everything is read from the server that is written to, so that nothing is stale',
  'store.postgres.readReplica.ratio': 'everything is read from the server that is written to, so that nothing is stale',
}

/** As Kuma's file of defaults spells it, though Kuma reads another. */
const misspelt: Readonly<Record<string, string>> = {
  KUMA_STORE_POSTGRES_TLS_ROOT_CERT_PATH: 'KUMA_STORE_POSTGRES_TLS_CA_PATH is the name',
}

/** A line for each setting of the store that was made and that nothing comes of: nobody is to rely on one. */
export function unheededSettings(file: string | undefined, environment: Environment): string[] {
  const known = new Set(knownSettings().map((path) => path.join('.')))
  const store = leaves(readFile(file)['store'], ['store']).filter((path) => !known.has(path))
  const variables = new Set([...known, ...Object.keys(meaningless)].map(nameOf))
  const unknown = Object.keys(environment).filter((name) => name.startsWith('KUMA_STORE_') && !variables.has(name))
  return [
    ...store.map((path) => `${path} (${nameOf(path)}) has no effect: ${meaningless[path] ?? 'there is no such setting'}`),
    ...Object.keys(meaningless)
      .filter((path) => environment[nameOf(path)] !== undefined && !store.includes(path))
      .map((path) => `${path} (${nameOf(path)}) has no effect: ${meaningless[path]}`),
    ...unknown.map((name) => `${name} has no effect: ${misspelt[name] ?? 'there is no such setting'}`),
  ]
}

const nameOf = (path: string) => environmentName(path.split('.'))

/** Paths of all that is said. */
function leaves(value: unknown, path: readonly string[]): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value === undefined ? [] : [path.join('.')]
  return Object.entries(value).flatMap(([name, child]) => leaves(child, [...path, name]))
}
