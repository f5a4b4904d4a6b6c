import { join } from 'node:path'
import { describe, it } from 'vitest'
import { openEmbeddedStore } from '../src/store/embedded.js'
import { openPostgresStore } from '../src/store/postgres.js'
import { survivesKills } from './embedded/kills.js'
import { scratch } from './embedded/program.js'
import { kumaCpSurvivesKills } from './kuma-cp/kills.js'
import { environment } from './postgres/opened.js'
import { postgres, postgresServer } from './with-postgres.js'

describe('killed at random among a hundred writers', () => {
  const folder = scratch()

  it('the embedded store has everything acknowledged and nothing half', async () => {
    const path = join(await folder(), 'kuma.db')
    await survivesKills(path, () => openEmbeddedStore({ path }))
  })

  it('kuma-cp on the embedded store has everything that its API acknowledged', { timeout: 180_000 }, async () => {
    await kumaCpSurvivesKills(await folder(), { KUMA_STORE_TYPE: 'embedded' })
  })
})

describe.skipIf(postgres.missing)(`killed at random among a hundred writers ${postgres.reason}`, () => {
  const test = postgresServer()
  const folder = scratch()

  it('kuma-cp on PostgreSQL has everything that its API acknowledged', { timeout: 180_000 }, async () => {
    await kumaCpSurvivesKills(await folder(), environment(await test.database()))
  })

  it('a process on PostgreSQL leaves everything acknowledged and nothing half', async () => {
    const connection = await test.database()
    await survivesKills(JSON.stringify(connection), () => openPostgresStore(connection))
  })
})
