import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../core/store.js'
import { openEmbeddedStore } from '../../store/embedded.js'
import { createMemoryStore } from '../../store/memory.js'
import type { KumaCpConfig } from './config.js'

/** Where the control plane keeps what it makes itself. */
export function workDirOf({ general }: KumaCpConfig): string {
  return general.workDir || join(homedir(), '.kuma')
}

/** Opens the store that the settings name, and says where it is. */
export async function openStore(config: KumaCpConfig): Promise<{ readonly store: Store; readonly place: string }> {
  if (config.store.type === 'memory') return { store: createMemoryStore(), place: 'memory: it is gone when this process ends' }
  const path = config.store.embedded.path || join(workDirOf(config), 'kuma.db')
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
  return { store: await openEmbeddedStore({ path }), place: path }
}
