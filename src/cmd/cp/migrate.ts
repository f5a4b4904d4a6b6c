import { openEmbeddedStore } from '../../store/embedded.js'
import { ConfigFault, type KumaCpConfig } from './config.js'
import { migrateDatabase, placeOf } from './postgres.js'
import { embeddedPath } from './storage.js'

/**
 * Brings what the settings name to the shape that this version needs.
 * @returns what was done, for people
 * @throws ConfigFault
 */
export async function migrateUp({ store, general }: Pick<KumaCpConfig, 'store' | 'general'>): Promise<string> {
  if (store.type === 'memory') throw new ConfigFault('store.type (KUMA_STORE_TYPE): a store in memory has nothing to migrate')
  if (store.type === 'embedded') {
    // It does so whenever it is opened.
    const path = embeddedPath({ store, general })
    await (await openEmbeddedStore({ path })).close()
    return `${path} has today's shape`
  }
  const steps = await migrateDatabase(store.postgres)
  const place = placeOf(store.postgres)
  return steps === 0 ? `${place}: nothing to do` : `${place}: migrated, ${steps} step${steps === 1 ? '' : 's'}`
}
