import { join } from 'node:path'
import { describe, it } from 'vitest'
import { openEmbeddedStore } from '../src/store/embedded.js'
import { openPostgresStore } from '../src/store/postgres.js'
import { survivesKills } from './embedded/kills.js'
import { scratch } from './embedded/program.js'
import { postgres, postgresServer } from './with-postgres.js'

describe('killed at random among a hundred writers', () => {
  const folder = scratch()

  it('the embedded store has everything acknowledged and nothing half', async () => {
    const path = join(await folder(), 'kuma.db')
    await survivesKills(path, () => openEmbeddedStore({ path }))
  })
})

describe.skipIf(postgres.missing)(`killed at random among a hundred writers ${postgres.reason}`, () => {
  const test = postgresServer()

  it('a control plane on PostgreSQL leaves everything acknowledged and nothing half', async () => {
    const connection = await test.database()
    await survivesKills(JSON.stringify(connection), () => openPostgresStore(connection))
  })
})
