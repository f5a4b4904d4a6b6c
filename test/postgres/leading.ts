/** Run as a program with a connection as JSON: leads when it may, and writes who leads, again and again; says what happens. */
import { openPostgresStore, type PostgresConnection } from '../../src/store/postgres.js'
import { dataplane, put } from '../store-contract/samples.js'

const store = await openPostgresStore({ ...(JSON.parse(process.argv[2] ?? '') as PostgresConnection), leaseMs: 1000 })
store.leader.onTerm(async (term) => {
  console.log(`term ${term.token}`)
  for (let i = 1; ; i++) {
    const error = await term.write([put(dataplane('led', { by: 'child', term: term.token, i }))]).catch((e: { code: string }) => e)
    if ('code' in error) return console.log(`refused ${error.code}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
})
setInterval(() => undefined, 60_000)
