import { KumaError } from '../core/errors.js'
import type { Leader, Term } from '../core/leader.js'
import { insightKey } from '../core/ownership.js'
import type { ResourceKey } from '../core/resource.js'
import type { Store, Stored } from '../core/store.js'
import type { Fleet } from '../translate/fleet.js'
import type { VipAddresses } from '../translate/vips.js'
import type { Log } from './log.js'

export interface VirtualAddressesOptions {
  readonly store: Pick<Store, 'get'>
  /** Writes what is to outlive this process; without it, nothing does. */
  readonly leader?: Leader
  readonly log: Log
}

interface KeptAddresses {
  readonly virtualAddresses?: Readonly<Record<string, string>>
}

/**
 * The virtual addresses of `kuma.io/service` tags, hosts and VirtualOutbounds: an address stays with its name, also when the name
 * is gone for a time or the control plane starts anew. They are kept with the insight of their mesh, so that they go with the mesh.
 */
export class VirtualAddresses {
  private readonly known = new Map<string, Map<string, string>>()
  private readonly unsaved = new Set<string>()
  private term: Term | undefined
  private saving: Promise<void> = Promise.resolve()
  private readonly unwatch: () => void

  constructor(private readonly options: VirtualAddressesOptions) {
    this.unwatch =
      options.leader?.onTerm((term) => {
        this.term = term
        this.save()
      }) ?? (() => {})
  }

  /** By mesh. The same map for ever. */
  get byMesh(): ReadonlyMap<string, VipAddresses> {
    return this.known
  }

  /** What was kept before. */
  load(items: readonly Stored[]): void {
    for (const { resource } of items) {
      if (resource.type !== 'MeshInsight') continue
      const { virtualAddresses = {} } = resource.spec as KeptAddresses
      const own = this.known.get(resource.name) ?? new Map<string, string>()
      for (const [name, address] of Object.entries(virtualAddresses)) own.set(name, address)
      this.known.set(resource.name, own)
    }
  }

  /** Keeps what the fleet has handed out in these meshes. */
  keep(fleet: Pick<Fleet, 'mesh'>, meshes: Iterable<string>): void {
    for (const name of meshes) {
      const mesh = fleet.mesh(name)
      if (!mesh) {
        this.known.delete(name)
        this.unsaved.delete(name)
        continue
      }
      const own = this.known.get(name) ?? new Map<string, string>()
      const before = own.size
      for (const [key, address] of mesh.vipAddresses) own.set(key, address)
      if (own.size === before) continue
      this.known.set(name, own)
      this.unsaved.add(name)
    }
    this.save()
  }

  async close(): Promise<void> {
    this.unwatch()
    await this.saving
    this.term = undefined
  }

  private save(): void {
    if (this.unsaved.size === 0 || !this.term || this.term.over.aborted) return
    this.saving = this.saving.then(async () => {
      for (const mesh of this.unsaved) {
        if (!this.term || !(await this.saveOne(this.term, mesh))) return
        this.unsaved.delete(mesh)
      }
    })
  }

  /** @returns whether it need not be tried again */
  private async saveOne(term: Term, name: string): Promise<boolean> {
    const key = insightKey({ type: 'Mesh', name }) as ResourceKey
    try {
      const stored = await this.options.store.get(key)
      const virtualAddresses = Object.fromEntries([...(this.known.get(name) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)))
      const spec = { ...(stored?.resource.spec as object | undefined), virtualAddresses }
      await term.write([{ op: 'put', resource: { ...key, labels: {}, spec }, expect: stored?.version ?? 'absent' }])
      return true
    } catch (error) {
      const code = error instanceof KumaError ? error.code : undefined
      if (code === 'no-owner') return true
      if (code !== 'not-leader' && code !== 'closed')
        this.options.log.error('virtual addresses could not be kept', { mesh: name, error: (error as Error).message })
      return false
    }
  }
}
