import { initialPoliciesOf } from '../../core/defaults.js'
import { KumaError } from '../../core/errors.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Registry } from '../../core/kind.js'
import type { Leader, Term } from '../../core/leader.js'
import type { Resource } from '../../core/resource.js'
import type { ChangeEvent, Store, Write } from '../../core/store.js'
import { namespaceLabel } from '../../core/envelope.js'
import { type KubernetesPlace, computeKubernetesLabels } from '../../kubernetes/labels.js'
import type { Log } from '../log.js'
import type { WriteRule } from '../resource-writer.js'
import { createRuns } from '../upkeep/runs.js'
import { workOfTerms } from '../work-of-terms.js'

/** Whether a Mesh got its policies once: people may delete them, and they are not to come back. */
export interface MeshMarks {
  isMarked(mesh: string): Promise<boolean>
  mark(mesh: string): Promise<void>
}

export interface MeshCompanionsOptions extends KubernetesPlace {
  readonly store: Pick<Store, 'list' | 'watch'>
  /** Does the work in its terms, and writes through them. */
  readonly leader: Pick<Leader, 'onTerm'>
  readonly registry: Registry
  /** Those for Meshes say what else comes with one: its certificate authorities, the keys of its tokens. */
  readonly rules: readonly WriteRule[]
  readonly marks: MeshMarks
  readonly log: Log
}

/**
 * Gives Meshes what comes with them: elsewhere it is written with the Mesh, but the one who writes a Mesh in a cluster is the API
 * server.
 */
export function createMeshCompanions(options: MeshCompanionsOptions): { close(): Promise<void> } {
  return workOfTerms(options.leader, (term) => new CompanionTerm(term, options))
}

class CompanionTerm {
  private readonly runs = createRuns({ run: () => this.run(), clock: () => new Date() })
  /** Meshes to look at, by name. */
  private readonly pending = new Map<string, Resource<MeshSpec>>()
  private loaded = false
  private unwatch = () => {}

  constructor(
    private readonly term: Term,
    private readonly options: MeshCompanionsOptions,
  ) {
    this.runs.ask()
  }

  async stop(): Promise<void> {
    this.unwatch()
    await this.runs.stop()
  }

  private async run(): Promise<{ readonly again: boolean }> {
    try {
      if (!this.loaded) await this.load()
    } catch (error) {
      return this.failed(error, 'Meshes could not be listed')
    }
    let again = false
    for (const [name, mesh] of [...this.pending]) {
      if (this.term.over.aborted) return { again: false }
      try {
        await this.complete(mesh)
        if (this.pending.get(name) === mesh) this.pending.delete(name)
      } catch (error) {
        again = this.failed(error, `mesh "${name}" could not be given what comes with it`).again || again
      }
    }
    return { again }
  }

  private failed(error: unknown, message: string): { readonly again: boolean } {
    if (error instanceof KumaError && (error.code === 'closed' || error.code === 'not-leader')) return { again: false }
    this.options.log.warn(message, { error: (error as Error).message })
    return { again: true }
  }

  private async load(): Promise<void> {
    const { items, position } = await this.options.store.list({ type: 'Mesh' })
    for (const { resource } of items) this.pending.set(resource.name, resource as Resource<MeshSpec>)
    this.unwatch = this.options.store.watch((events) => this.onEvents(events), position)
    this.loaded = true
  }

  private onEvents(events: readonly ChangeEvent[] | 'reset'): void {
    if (events === 'reset') {
      this.unwatch()
      this.loaded = false
      return this.runs.ask()
    }
    const meshes = events.filter(({ key }) => key.type === 'Mesh')
    for (const event of meshes) {
      if (event.op === 'put') this.pending.set(event.key.name, event.stored.resource as Resource<MeshSpec>)
      else this.pending.delete(event.key.name)
    }
    if (meshes.length > 0) this.runs.ask()
  }

  private async complete(mesh: Resource<MeshSpec>): Promise<void> {
    const { rules, marks, log } = this.options
    const ofMeshes = rules.filter(({ type }) => type === 'Mesh')
    const along = (await Promise.all(ofMeshes.map((rule) => rule.accompany?.(mesh, undefined) ?? []))).flat()
    // A certificate and its key together.
    await this.bring([along])
    if (await marks.isMarked(mesh.name)) return
    const policies = initialPoliciesOf(mesh)
    await this.bring(policies.map((policy) => [{ op: 'put', resource: this.labelled(policy), expect: 'absent' }]))
    await marks.mark(mesh.name)
    log.info('a new mesh got its policies', { mesh: mesh.name, policies: policies.map(({ name }) => name) })
  }

  /** What is there already stays as it is. */
  private async bring(transactions: readonly (readonly Write[])[]): Promise<void> {
    for (const writes of transactions) {
      try {
        if (writes.length > 0) await this.term.write(writes)
      } catch (error) {
        if (!(error instanceof KumaError && error.code === 'conflict')) throw error
      }
    }
  }

  private labelled(policy: Resource): Resource {
    const { registry, systemNamespace } = this.options
    const kind = registry.byType(policy.type)
    const labels = { ...policy.labels, [namespaceLabel]: systemNamespace }
    const computed = kind && computeKubernetesLabels(kind, { ...policy, labels }, this.options)
    return { ...policy, labels: computed?.labels ?? labels }
  }
}
