import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type KumaCpConfig, loadKumaCpConfig } from './config.js'
import { unheededSettings } from './unheeded-settings.js'

/** Each setting of the store that kuma-cp 2.14.3 reads, with a value that is not its default; `none`: nothing comes of it here. */
const kumas: Readonly<Record<string, readonly [string, ((config: KumaCpConfig['store']) => unknown) | 'none']>> = {
  KUMA_STORE_TYPE: ['postgres', ({ type }) => type],
  KUMA_STORE_UNSAFE_DELETE: ['true', ({ unsafeDelete }) => unsafeDelete],
  KUMA_STORE_KUBERNETES_SYSTEM_NAMESPACE: ['mesh-system', ({ kubernetes }) => kubernetes.systemNamespace],
  KUMA_STORE_CACHE_ENABLED: ['false', 'none'],
  KUMA_STORE_CACHE_EXPIRATION_TIME: ['2s', 'none'],
  KUMA_STORE_UPSERT_CONFLICT_RETRY_BASE_BACKOFF: ['1s', 'none'],
  KUMA_STORE_UPSERT_CONFLICT_RETRY_MAX_TIMES: ['1', 'none'],
  KUMA_STORE_UPSERT_CONFLICT_RETRY_JITTER_PERCENT: ['1', 'none'],
  KUMA_STORE_POSTGRES_HOST: ['db.test', ({ postgres }) => postgres.host],
  KUMA_STORE_POSTGRES_PORT: ['1', ({ postgres }) => postgres.port],
  KUMA_STORE_POSTGRES_USER: ['u', ({ postgres }) => postgres.user],
  KUMA_STORE_POSTGRES_PASSWORD: ['p', ({ postgres }) => postgres.password],
  KUMA_STORE_POSTGRES_DB_NAME: ['d', ({ postgres }) => postgres.dbName],
  KUMA_STORE_POSTGRES_DRIVER_NAME: ['postgres', ({ postgres }) => postgres.driverName],
  KUMA_STORE_POSTGRES_CONNECTION_TIMEOUT: ['9', ({ postgres }) => postgres.connectionTimeout],
  KUMA_STORE_POSTGRES_MAX_CONNECTION_IDLE_TIME: ['9s', ({ postgres }) => postgres.maxConnectionIdleTime],
  KUMA_STORE_POSTGRES_MAX_CONNECTION_LIFETIME: ['9s', ({ postgres }) => postgres.maxConnectionLifetime],
  KUMA_STORE_POSTGRES_MAX_CONNECTION_LIFETIME_JITTER: ['0', ({ postgres }) => postgres.maxConnectionLifetimeJitter],
  KUMA_STORE_POSTGRES_HEALTH_CHECK_INTERVAL: ['9s', 'none'],
  KUMA_STORE_POSTGRES_MIN_OPEN_CONNECTIONS: ['2', ({ postgres }) => postgres.minOpenConnections],
  KUMA_STORE_POSTGRES_MAX_OPEN_CONNECTIONS: ['9', ({ postgres }) => postgres.maxOpenConnections],
  KUMA_STORE_POSTGRES_MAX_IDLE_CONNECTIONS: ['9', 'none'],
  KUMA_STORE_POSTGRES_TLS_MODE: ['verifyNone', ({ postgres }) => postgres.tls.mode],
  KUMA_STORE_POSTGRES_TLS_CERT_PATH: ['/c', ({ postgres }) => postgres.tls.certPath],
  KUMA_STORE_POSTGRES_TLS_KEY_PATH: ['/k', ({ postgres }) => postgres.tls.keyPath],
  KUMA_STORE_POSTGRES_TLS_CA_PATH: ['/a', ({ postgres }) => postgres.tls.caPath],
  KUMA_STORE_POSTGRES_TLS_DISABLE_SSLSNI: ['true', ({ postgres }) => postgres.tls.disableSSLSNI],
  KUMA_STORE_POSTGRES_MAX_LIST_QUERY_ELEMENTS: ['9', 'none'],
  KUMA_STORE_POSTGRES_READ_REPLICA_HOST: ['db2.test', 'none'],
  KUMA_STORE_POSTGRES_READ_REPLICA_PORT: ['9', 'none'],
  KUMA_STORE_POSTGRES_READ_REPLICA_RATIO: ['9', 'none'],
  KUMA_STORE_POSTGRES_TOLERATE_NEWER_DB_VERSIONS: ['true', ({ postgres }) => postgres.tolerateNewerDBVersions],
}

it.each(Object.entries(kumas))('%s is obeyed, or said to have no effect', (name, [value, read]) => {
  const environment = { [name]: value }
  const lines = unheededSettings(undefined, environment)
  if (read === 'none') {
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^store\\.[\\w.]+ \\(${name}\\) has no effect: .`))])
    return
  }
  expect(lines).toEqual([])
  const found = read(loadKumaCpConfig(undefined, environment).store)
  expect(String(found)).toBe(value)
  expect(found).not.toEqual(read(loadKumaCpConfig(undefined, {}).store))
})

it('a setting of the store that nobody knows is said to have no effect, in the environment and in the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kuma-settings-'))
  const file = join(folder, 'kuma-cp.yaml')
  writeFileSync(file, 'store: {postgres: {hots: a, readReplica: {host: b}, tls: {mode: verifyNone}}}\n')
  const environment = { KUMA_STORE_POSTGRES_HOTS: 'a', KUMA_STORE_POSTGRES_TLS_ROOT_CERT_PATH: '/ca', KUMA_DATAPLANE_NAME: 'web' }
  expect(unheededSettings(file, environment)).toEqual([
    'store.postgres.hots (KUMA_STORE_POSTGRES_HOTS) has no effect: there is no such setting',
    expect.stringMatching(/^store.postgres.readReplica.host \(KUMA_STORE_POSTGRES_READ_REPLICA_HOST\) has no effect: everything is read/),
    'KUMA_STORE_POSTGRES_HOTS has no effect: there is no such setting',
    'KUMA_STORE_POSTGRES_TLS_ROOT_CERT_PATH has no effect: KUMA_STORE_POSTGRES_TLS_CA_PATH is the name',
  ])
  rmSync(folder, { recursive: true })
})
