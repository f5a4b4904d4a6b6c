import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Leader, soleLeader } from '../../core/leader.js'
import type { Store } from '../../core/store.js'
import { openEmbeddedStore } from '../../store/embedded.js'
import { createMemoryStore } from '../../store/memory.js'
import type { KumaCpConfig } from './config.js'

/** Where the control plane keeps what it makes itself. */
export function workDirOf({ general }: KumaCpConfig): string {
  return general.workDir || join(homedir(), '.kuma')
}

export interface OpenedStore {
  readonly store: Store
  /** Among the control planes on this store. */
  readonly leader: Leader
  /** Where it is, for people. */
  readonly place: string
}

/** Opens the store that the settings name. */
export async function openStore(config: KumaCpConfig): Promise<OpenedStore> {
  if (config.store.type === 'memory') return alone(createMemoryStore(), 'memory: it is gone when this process ends')
  const path = config.store.embedded.path || join(workDirOf(config), 'kuma.db')
  mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
  return alone(await openEmbeddedStore({ path }), path)
}

function alone(store: Store, place: string): OpenedStore {
  return { store, leader: soleLeader(store), place }
}
