import { KumaError } from '../../core/errors.js'
import type { CaRotationSpec } from '../../core/kinds/internal.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Leader, Term } from '../../core/leader.js'
import type { Resource } from '../../core/resource.js'
import { sameValue } from '../../core/same-value.js'
import type { ChangeEvent, Store } from '../../core/store.js'
import { enabledCaBackend, loadCa } from '../ca/load.js'
import { type Log, silentLog } from '../log.js'
import type { OutsideData } from '../outside-data.js'
import { createRuns } from '../upkeep/runs.js'
import { caRecordKey, readRecord, recordOf } from './ca-record.js'
import { advance } from './ca-rotation.js'

export interface CaRecorderOptions {
  readonly store: Pick<Store, 'get' | 'list' | 'watch'>
  readonly leader: Leader
  /** Where else the certificates of provided CAs may be. Default: nowhere. */
  readonly outside?: OutsideData
  /** As the identity provider has it, in milliseconds. Default: 10 s. */
  readonly rotationStepMs?: number
  readonly log?: Log
  readonly clock?: () => Date
}

/**
 * Keeps in the store which CA each mesh has, and in a rotation which it had before, while this control plane leads: one that starts
 * within the steps, here or beside, goes on with them.
 * @returns what ends it, and resolves once nothing of it runs
 */
export function createCaRecorder(options: CaRecorderOptions): { close(): Promise<void> } {
  const { store, leader, outside, rotationStepMs = 10_000, log = silentLog, clock = () => new Date() } = options
  const due = new Set<string>()
  /** Whether all meshes are due. */
  let all = false
  /** When meshes' rotations are over, in milliseconds since 1970. */
  const ends = new Map<string, number>()
  let term: Term | undefined
  const runs = createRuns({ run, clock })
  const stop = leader.onTerm((begun) => {
    term = begun
    all = true
    runs.ask()
  })
  const unwatch = store.watch(onEvents)

  function onEvents(events: readonly ChangeEvent[] | 'reset'): void {
    if (events === 'reset') all = true
    else for (const { key } of events) if (key.type === 'Mesh' || key.type === 'Secret') due.add(key.mesh ?? key.name)
    if (term && (all || due.size > 0)) runs.ask()
  }

  async function run(): Promise<{ readonly again: boolean; readonly wakeAt?: number }> {
    try {
      if (all) for (const { resource } of (await store.list({ type: 'Mesh' })).items) due.add(resource.name)
      all = false
      const now = clock().getTime()
      for (const [mesh, end] of ends) if (end <= now) due.add(mesh)
      for (const mesh of due) {
        if (!term || term.over.aborted) break
        await record(term, mesh)
        due.delete(mesh)
      }
    } catch (error) {
      const code = error instanceof KumaError ? error.code : undefined
      if (code === 'closed') return { again: false }
      if (code !== 'conflict') log.error("a mesh's CA could not be recorded", { error: (error as Error).message })
      return { again: true }
    }
    return { again: false, ...(ends.size > 0 && { wakeAt: Math.min(...ends.values()) }) }
  }

  async function record(current: Term, name: string): Promise<void> {
    ends.delete(name)
    const mesh = (await store.get({ type: 'Mesh', name }))?.resource as Resource<MeshSpec> | undefined
    if (!mesh) return
    const key = caRecordKey(name)
    const stored = await store.get(key)
    const spec = stored?.resource.spec as CaRotationSpec | undefined
    const backend = enabledCaBackend(mesh)
    if (!backend) {
      if (stored) await write(current, [{ op: 'delete', key, expect: stored.version }])
      return
    }
    const loaded = await loadCa({ store, outside }, name, backend).catch(ignoreMissing)
    // It is looked for again as soon as one of the mesh's secrets is written.
    if (!loaded) return
    const ca = { ...loaded, backend: backend.name ?? '' }
    const rotation = advance(spec && readRecord(spec), ca, clock().getTime(), rotationStepMs)
    if (rotation.before) ends.set(name, rotation.before.since + 2 * rotationStepMs)
    const next = recordOf(rotation)
    if (sameValue(next, spec)) return
    await write(current, [{ op: 'put', resource: { ...key, labels: {}, spec: next }, expect: stored?.version ?? 'absent' }])
  }

  return {
    async close() {
      unwatch()
      stop()
      term = undefined
      await runs.stop()
    },
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof KumaError && error.code === 'no-ca') return undefined
  throw error
}

/** Does nothing where the mesh is gone or somebody else leads. */
async function write(term: Term, writes: Parameters<Term['write']>[0]): Promise<void> {
  try {
    await term.write(writes)
  } catch (error) {
    if (!(error instanceof KumaError && (error.code === 'no-owner' || error.code === 'not-leader'))) throw error
  }
}
