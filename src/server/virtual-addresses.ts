import { KumaError } from '../core/errors.js'
import { VirtualAddresses, type VirtualAddressesSpec, virtualAddressesName } from '../core/kinds/internal.js'
import type { Leader, Term } from '../core/leader.js'
import type { Resource, ResourceKey } from '../core/resource.js'
import { sameValue } from '../core/same-value.js'
import type { Store } from '../core/store.js'
import type { Fleet } from '../translate/fleet.js'
import type { VipAddresses } from '../translate/vips.js'
import type { FleetUpdate } from './live-fleet.js'
import type { Log } from './log.js'
import { createRuns } from './upkeep/runs.js'

export interface VirtualAddressWriterOptions {
  readonly store: Pick<Store, 'get'>
  readonly leader: Leader
  fleet(): Pick<Fleet, 'mesh' | 'proxies'>
  readonly log: Log
  clock(): Date
}

/** Gives names without a virtual address one, for all control planes on the store, while this one leads. */
export interface VirtualAddressWriter {
  /** The fleet has changed. */
  changed(update: Pick<FleetUpdate, 'changed'>): void
  close(): Promise<void>
}

type Addresses = Readonly<Record<string, string>>

/**
 * The virtual addresses of `kuma.io/service` tags, hosts and VirtualOutbounds. They are served as they are stored, so all control
 * planes give the same, and one stays with its name, also when the name is gone for a time.
 */
export function createVirtualAddressWriter({ store, leader, fleet, log, clock }: VirtualAddressWriterOptions): VirtualAddressWriter {
  const due = new Set<string>()
  /** Of each mesh what was found to be complete. */
  const complete = new Map<string, { readonly wanted: VipAddresses; readonly kept: Resource | undefined }>()
  let term: Term | undefined
  const runs = createRuns({ run, clock })
  const everyMesh = () =>
    fleet()
      .proxies()
      .flatMap(({ mesh }) => mesh ?? [])
  const stop = leader.onTerm((begun) => {
    term = begun
    look(everyMesh())
  })

  function look(meshes: Iterable<string>): void {
    if (!term || term.over.aborted) return
    for (const mesh of meshes) due.add(mesh)
    if (due.size > 0) runs.ask()
  }

  async function run(): Promise<{ readonly again: boolean }> {
    for (const mesh of due) {
      if (!term || term.over.aborted) {
        due.clear()
        return { again: false }
      }
      due.delete(mesh)
      const written = await write(term, mesh)
      if (!written) {
        due.add(mesh)
        return { again: true }
      }
    }
    return { again: false }
  }

  /** @returns whether it need not be tried again before the fleet changes */
  async function write(current: Term, name: string): Promise<boolean> {
    const mesh = fleet().mesh(name)
    if (!mesh) {
      complete.delete(name)
      return true
    }
    const wanted = mesh.vipAddresses
    const [kept] = mesh.resourcesOf<VirtualAddressesSpec>(VirtualAddresses.type)
    const found = complete.get(name)
    if (found?.wanted === wanted && found.kept === kept) return true
    const known: Addresses = kept?.spec.addresses ?? {}
    if ([...wanted.keys()].every((key) => Object.hasOwn(known, key))) {
      complete.set(name, { wanted, kept })
      return true
    }
    const key: ResourceKey = { type: VirtualAddresses.type, mesh: name, name: virtualAddressesName }
    try {
      const stored = await store.get(key)
      // The fleet lags behind, and changes soon.
      if (!sameValue(stored?.resource.spec, kept?.spec)) return true
      const addresses = Object.fromEntries(Object.entries({ ...known, ...Object.fromEntries(wanted) }).sort(([a], [b]) => (a < b ? -1 : 1)))
      await current.write([{ op: 'put', resource: { ...key, labels: {}, spec: { addresses } }, expect: stored?.version ?? 'absent' }])
      return true
    } catch (error) {
      const code = error instanceof KumaError ? error.code : undefined
      if (code === 'no-owner' || code === 'not-leader' || code === 'closed') return true
      if (code !== 'conflict') log.error('virtual addresses could not be written', { mesh: name, error: (error as Error).message })
      return false
    }
  }

  return {
    changed({ changed }) {
      const meshes = changed.map(({ key }) => (key.type === 'Mesh' ? key.name : key.mesh))
      // Something that is in no mesh concerns all of them, and so does a fleet that was read anew.
      if (meshes.length === 0 || meshes.includes(undefined)) look(everyMesh())
      else look(meshes.flatMap((mesh) => mesh ?? []))
    },
    async close() {
      stop()
      term = undefined
      await runs.stop()
    },
  }
}
