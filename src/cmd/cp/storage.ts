import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Leader, soleLeader } from '../../core/leader.js'
import type { Store } from '../../core/store.js'
import type { KubernetesApi } from '../../kubernetes-api/api.js'
import { openEmbeddedStore } from '../../store/embedded.js'
import { createMemoryStore } from '../../store/memory.js'
import type { Logger } from '../log.js'
import type { KumaCpConfig } from './config.js'
import { openInCluster } from './kubernetes.js'
import { openPostgres, placeOf } from './postgres.js'

/** Where the control plane keeps what it makes itself. */
export function workDirOf({ general }: Pick<KumaCpConfig, 'general'>): string {
  return general.workDir || join(homedir(), '.kuma')
}

export interface OpenedStore {
  readonly store: Store
  /** Among the control planes on this store. */
  readonly leader: Leader
  /** Where it is, for people. */
  readonly place: string
  /** Whether no other control plane can be on it. */
  readonly alone: boolean
  /** The API of the cluster that it is in; absent: it is in none. */
  readonly cluster?: KubernetesApi
}

/** Opens the store that the settings name. */
export async function openStore(config: KumaCpConfig, log: Logger): Promise<OpenedStore> {
  const { type, postgres } = config.store
  if (type === 'memory') return alone(createMemoryStore(), 'memory: it is gone when this process ends')
  if (type === 'postgres') {
    const store = await openPostgres(postgres, log)
    return { store, leader: store.leader, place: placeOf(postgres), alone: false }
  }
  if (type === 'kubernetes') return openInCluster(config, log)
  const path = embeddedPath(config)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  return alone(await openEmbeddedStore({ path }), path)
}

export function embeddedPath({ store, general }: Pick<KumaCpConfig, 'store' | 'general'>): string {
  return store.embedded.path || join(workDirOf({ general }), 'kuma.db')
}

function alone(store: Store, place: string): OpenedStore {
  return { store, leader: soleLeader(store), place, alone: true }
}
