import { KumaError } from '../../core/errors.js'
import type { Registry } from '../../core/kind.js'
import type { Leader, Term } from '../../core/leader.js'
import type { ChangeEvent, Store, Write } from '../../core/store.js'
import { defaultGenerators } from '../../core/upkeep/hostnames.js'
import { isRealService, vipsOf } from '../../core/upkeep/virtual-ips.js'
import { type Log, silentLog } from '../log.js'
import type { OutsideData } from '../outside-data.js'
import { type Authorities, establishAuthorities } from './authorities.js'
import { type UpkeepPlan, planUpkeep } from './plan.js'
import { type Runs, createRuns } from './runs.js'
import { StoredView } from './stored-view.js'
import { workOfTerms } from '../work-of-terms.js'

export interface UpkeepOptions {
  readonly store: Pick<Store, 'get' | 'list' | 'watch'>
  /** Does the work in its terms, and writes through them. */
  readonly leader: Leader
  readonly registry: Registry
  /** Name of the control plane's zone. */
  readonly zone: string
  /** How long a generated MeshService without proxies stays, in milliseconds. Default: an hour. */
  readonly meshServiceGraceMs?: number
  /** How long a Dataplane that was connected once may be gone, in milliseconds. Default: three days. */
  readonly dataplaneCleanupMs?: number
  /** The same of a ZoneIngress or ZoneEgress. Default: three days. */
  readonly zoneProxyCleanupMs?: number
  /** Whether MeshServices are made of Dataplanes. Default: true. */
  readonly generatesServices?: boolean
  /** Whether to see to the HostnameGenerators that Kuma brings along. Default: true. */
  readonly defaultGenerators?: boolean
  /** Where else the certificates of MeshIdentities' CAs may be. Default: nowhere. */
  readonly outside?: OutsideData
  readonly log?: Log
  readonly clock?: () => Date
}

export interface UpkeepWork {
  /** Ends the work; what it resolves to leaves nothing running. */
  close(): Promise<void>
}

const hour = 3_600_000
const batchSize = 200

/**
 * Keeps up what a control plane makes of its resources by itself, as soon as they change and for as long as it leads: MeshServices
 * and Workloads of Dataplanes, virtual addresses, host names, states. Takes away proxies that are gone for long.
 */
export function createUpkeep(options: UpkeepOptions): UpkeepWork {
  return workOfTerms(options.leader, (term) => new UpkeepTerm(term, options))
}

/** The work of one term as the leader. */
class UpkeepTerm {
  private readonly view = new StoredView()
  /** All virtual addresses that were seen: one whose service is gone may still be in somebody's DNS cache. */
  private readonly addresses = new Set<string>()
  private readonly runs: Runs
  private readonly log: Log
  private readonly clock: () => Date
  private loaded = false
  private stopped = false
  private unwatch = () => {}

  constructor(
    private readonly term: Term,
    private readonly options: UpkeepOptions,
  ) {
    this.log = options.log ?? silentLog
    this.clock = options.clock ?? (() => new Date())
    this.runs = createRuns({ run: () => this.run(), clock: this.clock })
    this.runs.ask()
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.unwatch()
    await this.runs.stop()
  }

  private async load(): Promise<void> {
    if (this.options.defaultGenerators !== false) await this.bringGenerators()
    const listing = await this.options.store.list()
    if (this.stopped) return
    this.view.load(listing)
    this.unwatch = this.options.store.watch((events) => this.onEvents(events), listing.position, { insights: true })
    this.loaded = true
  }

  /** One that somebody changed stays so; one that was deleted is back after the next start, as in Kuma. */
  private async bringGenerators(): Promise<void> {
    for (const resource of defaultGenerators) {
      try {
        await this.term.write([{ op: 'put', resource, expect: 'absent' }])
      } catch (error) {
        if (!(error instanceof KumaError && error.code === 'conflict')) throw error
      }
    }
  }

  private onEvents(events: readonly ChangeEvent[] | 'reset'): void {
    if (events === 'reset') {
      this.unwatch()
      this.loaded = false
      this.runs.ask()
    } else if (this.view.apply(events)) this.runs.ask()
  }

  private async run(): Promise<{ readonly again: boolean; readonly wakeAt?: number }> {
    try {
      if (!this.loaded) await this.load()
      const authorities = await this.authorities()
      const { writes, wakeAt } = this.plan(authorities)
      return { again: await this.write([...authorities.writes, ...writes]), ...(wakeAt !== undefined && { wakeAt }) }
    } catch (error) {
      if (!isExpected(error)) this.log.error('what follows from resources could not be kept up', { error: (error as Error).stack })
      return { again: true }
    }
  }

  private authorities(): Promise<Authorities> {
    const { store, outside, zone } = this.options
    return establishAuthorities({ store, outside }, this.view.inOrder(), zone, this.clock())
  }

  private plan({ authorityOf }: Authorities): UpkeepPlan {
    const {
      registry,
      zone,
      generatesServices,
      meshServiceGraceMs = hour,
      dataplaneCleanupMs = 72 * hour,
      zoneProxyCleanupMs = 72 * hour,
    } = this.options
    for (const resource of this.view.inOrder()) if (isRealService(resource)) for (const ip of vipsOf(resource)) this.addresses.add(ip)
    const cleanupMs = { Dataplane: dataplaneCleanupMs, ZoneIngress: zoneProxyCleanupMs, ZoneEgress: zoneProxyCleanupMs }
    const removal = { now: this.clock(), graceMs: meshServiceGraceMs, cleanupMs }
    return planUpkeep(this.view, { registry, zone, generatesServices, authorityOf, reserved: this.addresses, removal })
  }

  /** @returns whether something has to be planned and written once more */
  private async write(writes: readonly Write[]): Promise<boolean> {
    let failed = false
    for (let i = 0; i < writes.length && !this.stopped; i += batchSize) {
      const batch = writes.slice(i, i + batchSize)
      if (await this.writeAll(batch)) continue
      // One that can't be written doesn't keep back the others.
      for (const write of batch) if (!(await this.writeOne(write))) failed = true
    }
    return failed
  }

  private async writeAll(writes: readonly Write[]): Promise<boolean> {
    try {
      this.written(writes, await this.term.write(writes))
      return true
    } catch {
      return false
    }
  }

  private async writeOne(write: Write): Promise<boolean> {
    try {
      this.written([write], await this.term.write([write]))
      return true
    } catch (error) {
      const { type, mesh, name } = write.op === 'put' ? write.resource : write.key
      if (!isExpected(error))
        this.log.error('a generated resource could not be written', { type, mesh, name, error: (error as Error).message })
      return false
    }
  }

  private written(writes: readonly Write[], results: Awaited<ReturnType<Store['write']>>): void {
    for (const [i, write] of writes.entries()) {
      const stored = results[i]
      const { type, mesh, name } = write.op === 'put' ? write.resource : write.key
      if (stored) this.view.apply([{ op: 'put', key: { type, mesh, name }, stored, position: stored.version }])
      this.log.debug(write.op === 'put' ? 'kept a resource up to date' : 'removed a resource', { type, mesh, name })
    }
  }
}

/** Somebody else wrote it, or deleted it or its mesh: the store tells of that, and then it is planned anew; or the work ends. */
function isExpected(error: unknown): boolean {
  return error instanceof KumaError && ['conflict', 'no-owner', 'not-found', 'not-leader', 'closed'].includes(error.code)
}
