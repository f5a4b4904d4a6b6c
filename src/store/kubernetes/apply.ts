import { setTimeout as sleep } from 'node:timers/promises'
import { KumaError } from '../../core/errors.js'
import type { ClusterObject, KubernetesApi } from '../../kubernetes-api/api.js'
import { ApiFailure } from '../../kubernetes-api/failure.js'
import type { Layout } from '../../kubernetes/crd/layout.js'
import { fieldManager, writtenAt } from '../../kubernetes/crd/mapping.js'
import type { Planned, SettledChange } from './head.js'
import { collectionOf, pathOf, placeText } from './places.js'

/** What became of one change: made; not to be made, since somebody else changed the object; or refused. */
export type Applied = { readonly made: ClusterObject | 'deleted' } | 'overtaken' | { readonly refused: ApiFailure }

/** Why a change can't be made. */
export type Hindrance = Exclude<Applied, { readonly made: unknown }>

export function isHindrance(result: readonly SettledChange[] | Hindrance): result is Hindrance {
  return !Array.isArray(result)
}

/** Asked between changes: says that this still is going on, and whether it may. @throws when another has taken it over */
export type GoOn = () => Promise<void>

/** Up to so many changes are made one after the other, more in waves of so many. */
const fewChanges = 8
const waveSize = 16

const firstPause = 50
const longestPause = 2000

export interface ApplierOptions {
  readonly api: KubernetesApi
  readonly layouts: ReadonlyMap<string, Layout>
  /** How long the API server is asked again that gives no answer, in milliseconds. */
  readonly patienceMs: number
}

/** Makes planned changes. All of it may be done twice: what is there already as planned counts as made. */
export class Applier {
  constructor(private readonly options: ApplierOptions) {}

  /**
   * Makes the changes in their order. What others have overtaken is left as they made it.
   * @param after the resourceVersion of what said that they are to be made
   * @returns the changes that were made, with their positions; or why not even the first could be
   * @throws KumaError `store-failed` when the server gives no answer for too long: anybody may go on where this ended
   */
  async applyAll(changes: readonly Planned[], after: number, goOn: GoOn): Promise<readonly SettledChange[] | Hindrance> {
    return this.applyEach(changes, after, goOn, true)
  }

  /** Makes what of the changes another left undone. */
  async finishAll(changes: readonly Planned[], after: number, goOn: GoOn): Promise<readonly SettledChange[]> {
    const made = await this.applyEach(changes, after, goOn, false)
    return isHindrance(made) ? [] : made
  }

  private async applyEach(
    changes: readonly Planned[],
    after: number,
    goOn: GoOn,
    mayStop: boolean,
  ): Promise<readonly SettledChange[] | Hindrance> {
    const made: SettledChange[] = []
    const revisions = new Map<string, string | undefined>()
    let position = after
    for (const wave of wavesOf(changes)) {
      await goOn()
      const base = (change: Planned) => ({ ...change, revision: revisions.get(textOf(change)) ?? change.revision })
      const applied = await Promise.all(wave.map((change) => this.apply(base(change))))
      const [first] = applied
      if (mayStop && made.length === 0 && applied.length === 1 && first !== undefined && !isMade(first)) return first
      for (const { change, result } of inOrder(wave, applied)) {
        const { key, place } = change
        if (result === 'deleted') {
          // Each deletion is a change of the cluster: the next object's number is higher than this.
          position += 1
          revisions.delete(textOf(change))
          made.push({ op: 'delete', key, place, position })
        } else {
          const { managedFields, ...metadata } = result.metadata
          position = Number(metadata.resourceVersion)
          revisions.set(textOf(change), metadata.resourceVersion)
          made.push({ op: 'put', key, object: { ...result, metadata }, position })
        }
      }
    }
    return made
  }

  /**
   * What would hinder the changes, each asked alone; undefined: nothing. Of each place the first change is asked for; deletions are
   * not refused.
   */
  async hindrance(changes: readonly Planned[]): Promise<Hindrance | undefined> {
    const first = new Map(changes.map((change) => [placeText(change.key.type, change.place), change]).reverse() as [string, Planned][])
    const waiting = [...first.values()].filter(({ op }) => op !== 'delete')
    const worker = async (): Promise<Hindrance | undefined> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const applied = await this.apply(next, { dryRun: 'All' })
        if (applied === 'overtaken' || 'refused' in applied) return applied
      }
      return undefined
    }
    const found = await Promise.all(Array.from({ length: 8 }, worker))
    return found.find((one) => one !== undefined)
  }

  private async apply(change: Planned, query: { readonly dryRun?: 'All' } = {}): Promise<Applied> {
    const end = performance.now() + this.options.patienceMs
    for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
      try {
        return await this.once(change, query)
      } catch (error) {
        if (!(error instanceof ApiFailure)) throw error
        if (!error.mayHeal) return { refused: error }
        if (performance.now() + pause > end) throw new KumaError('store-failed', error.message, { cause: error })
        await sleep(pause)
      }
    }
  }

  private async once({ op, key, place, object, revision, uid }: Planned, query: { readonly dryRun?: 'All' }): Promise<Applied> {
    const { api } = this.options
    const layout = this.layoutOf(key.type)
    const path = pathOf(layout, place)
    try {
      if (op === 'delete') {
        const preconditions = { ...(uid !== undefined && { uid }), ...(revision !== undefined && { resourceVersion: revision }) }
        await api.send('DELETE', path, { body: { preconditions } })
        return { made: 'deleted' }
      }
      const asked = { query: { ...query, fieldManager } }
      if (op === 'create')
        return { made: await api.send<ClusterObject>('POST', collectionOf(layout, place.namespace), { body: object, ...asked }) }
      const body = { ...object, metadata: { ...object?.metadata, resourceVersion: revision } }
      return { made: await api.send<ClusterObject>('PUT', path, { body, ...asked }) }
    } catch (error) {
      if (!(error instanceof ApiFailure) || (error.status !== 404 && error.status !== 409)) throw error
      return await this.instead(error, op, path, object)
    }
  }

  /** What is there where the change doesn't fit: the change itself, made earlier, or somebody else's. */
  private async instead(error: ApiFailure, op: Planned['op'], path: string, object: ClusterObject | undefined): Promise<Applied> {
    const there = await this.options.api.send<ClusterObject>('GET', path).catch((failure: unknown) => {
      if (failure instanceof ApiFailure && failure.status === 404) return undefined
      throw failure
    })
    if (there === undefined) {
      if (op === 'delete') return { made: 'deleted' }
      return op === 'create' ? { refused: error } : 'overtaken'
    }
    if (op !== 'delete' && object !== undefined && writtenAt(there) !== undefined && writtenAt(there) === writtenAt(object))
      return { made: there }
    return 'overtaken'
  }

  private layoutOf(type: string): Layout {
    const layout = this.options.layouts.get(type)
    if (layout === undefined) throw new KumaError('unknown-kind', `${type} is no kind that the cluster keeps`)
    return layout
  }
}

function textOf({ key, place }: Planned): string {
  return placeText(key.type, place)
}

/** Changes that may be made at the same time: neighbours that do the same to different objects of one kind. */
function wavesOf(changes: readonly Planned[]): readonly (readonly Planned[])[] {
  if (changes.length <= fewChanges) return changes.map((change) => [change])
  const waves: Planned[][] = []
  for (const change of changes) {
    const wave = waves.at(-1)
    const joins =
      wave !== undefined &&
      wave.length < waveSize &&
      wave.every((other) => other.op === change.op && other.key.type === change.key.type && textOf(other) !== textOf(change))
    if (joins) wave.push(change)
    else waves.push([change])
  }
  return waves
}

function isMade(applied: Applied): applied is { readonly made: ClusterObject | 'deleted' } {
  return applied !== 'overtaken' && 'made' in applied
}

interface Made {
  readonly change: Planned
  readonly result: ClusterObject | 'deleted'
}

/** What of a wave was made, in the order of the cluster. */
function inOrder(wave: readonly Planned[], applied: readonly Applied[]): readonly Made[] {
  const made = wave.flatMap((change, index): Made[] => {
    const result = applied[index]
    return result !== undefined && isMade(result) ? [{ change, result: result.made }] : []
  })
  const revision = ({ result }: Made) => (result === 'deleted' ? 0 : Number(result.metadata.resourceVersion))
  return made.sort((a, b) => revision(a) - revision(b))
}
