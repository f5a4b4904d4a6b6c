/**
 * Run as a program with a store's file, or a connection to PostgreSQL as JSON: a hundred writers write until somebody kills it;
 * each acknowledged write is a line.
 */
import { writeSync } from 'node:fs'
import { openEmbeddedStore } from '../../src/store/embedded.js'
import { type PostgresConnection, openPostgresStore } from '../../src/store/postgres.js'
import { dataplane, insight, mesh, put, remove } from '../store-contract/samples.js'

const where = process.argv[2] ?? ''
const store = where.startsWith('{')
  ? await openPostgresStore(JSON.parse(where) as PostgresConnection)
  : await openEmbeddedStore({ path: where })
await store.write([put(mesh())])

async function writer(index: number): Promise<void> {
  const name = `dp-${index}`
  const found = await store.get({ type: 'Dataplane', mesh: 'default', name })
  let round = (found?.resource.spec as { round: number } | undefined)?.round ?? 0
  for (;;) {
    round += 1
    const spec = { round, padding: 'x'.repeat((round * 37) % 2000) }
    await store.write([put(dataplane(name, spec)), put(insight(name, spec))])
    writeSync(1, `${index} ${round}\n`)
    if (round % 7 === 0 && index % 10 === 0) {
      await store.write([remove(dataplane(name))])
      writeSync(1, `${index} -\n`)
    }
  }
}

await Promise.all(Array.from({ length: 100 }, (_, index) => writer(index)))
