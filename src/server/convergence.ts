import { type ResourceKey, keyOf } from '../core/resource.js'
import type { Refused } from './caught-up.js'
import type { Session } from './session-host.js'

/** Where one proxy is with a change. */
export type Standing =
  /** It acknowledged everything that the change means for it, or had nothing to take. */
  | { readonly state: 'running' }
  /** It has not acknowledged everything yet. `gone`: its stream ended before it could, or not long before the change. */
  | { readonly state: 'pending'; readonly gone: boolean }
  /** It took the rest, and refuses these. */
  | { readonly state: 'refused'; readonly refusals: readonly Refused[] }
  /** It has had no stream since before the change, and for a while: it is told when it connects. */
  | { readonly state: 'offline' }

export interface ConvergenceOptions {
  /** Of the last change that is known, as the store counts. */
  readonly position: () => number
  /** Whether a session waits for its configuration to be worked out anew. */
  readonly isDue: (session: Session) => boolean
  /** Milliseconds, growing. */
  readonly now: () => number
  /** A proxy that lost its stream is taken to come back within so long, in milliseconds. */
  readonly graceMs: number
}

/** What is known of one stream. */
interface Track {
  readonly session: Session
  /** Runs all that there is, and will as long as no change touches it. */
  current: boolean
  /** The last change that it ran before one touched it. */
  ran: number
  /** The last change that is in what it was given; undefined: it was given nothing, or something newer has to be worked out. */
  given: number | undefined
}

/** A proxy that has no stream any more. */
interface Gone {
  /** The last change that it ran. */
  readonly ran: number
  /** The last change that was there when its stream ended. */
  readonly left: number
  readonly at: number
}

/** Changes that a refused resource has kept the proxy from running: those after `after`, up to `upTo`. */
interface Missed {
  readonly after: number
  readonly upTo: number
  readonly refused: Refused
}

const beforeAll = -1

const idOf = ({ type, name }: Pick<Refused, 'type' | 'name'>) => `${type}/${name}`

/**
 * Knows of each proxy which changes it runs. A proxy runs a change when it has acknowledged, on its newest stream, everything
 * that it has to have: of a configuration that was worked out with the change in it, or because the change did not touch what it
 * ran before. So a proxy that many changes follow each other for runs them once it has caught up with all of them.
 */
export class ConvergenceTracker {
  private readonly tracks = new Map<Session, Track>()
  /** The newest stream of each proxy. */
  private readonly newest = new Map<string, Track>()
  private readonly gone = new Map<string, Gone>()
  private readonly missed = new Map<string, ReadonlyMap<string, Missed>>()
  private readonly watchers = new Set<() => void>()

  constructor(private readonly options: ConvergenceOptions) {}

  joined(session: Session): void {
    const track: Track = { session, current: false, ran: beforeAll, given: undefined }
    this.tracks.set(session, track)
    this.newest.set(keyOf(session.node.proxy), track)
    this.gone.delete(keyOf(session.node.proxy))
  }

  left(session: Session): void {
    const track = this.tracks.get(session)
    const key = keyOf(session.node.proxy)
    this.tracks.delete(session)
    if (!track || this.newest.get(key) !== track) return
    this.newest.delete(key)
    this.lost(session.node.proxy, this.ranBy(track))
  }

  /**
   * A proxy has no stream any more. Who was connected to an earlier run of this control plane has lost its stream too.
   * @param ran the last change that it ran, as far as that is known
   */
  lost(proxy: ResourceKey, ran = beforeAll): void {
    const { position, now, graceMs } = this.options
    this.gone.set(keyOf(proxy), { ran, left: position(), at: now() })
    if (graceMs > 0) setTimeout(() => this.moved(), graceMs).unref()
    this.moved()
  }

  /** What the sessions are to get has to be worked out anew. @param after the last change before that */
  touched(sessions: Iterable<Session>, after: number): void {
    for (const session of sessions) {
      const track = this.tracks.get(session)
      if (!track) continue
      if (track.current) track.ran = after
      track.current = false
      track.given = undefined
    }
  }

  /** A session has what was worked out for it, with all changes in it. */
  given(session: Session): void {
    const track = this.tracks.get(session)
    // What else is asked for in the meantime may change it again.
    if (!track || this.options.isDue(session)) return
    track.given = this.options.position()
    this.rested(session)
  }

  /** There is nothing to send to a session's client for now: it may have answered everything. */
  rested(session: Session): void {
    const track = this.tracks.get(session)
    if (!track || track.current || track.given === undefined || !session.caughtUp) return
    this.note(track, track.given)
    track.current = true
    this.moved()
  }

  /**
   * @param position of the change, or of the last of several
   * @param since of the last change before it, or before the first of several
   */
  standingOf(proxy: ResourceKey, position: number, since = position - 1): Standing {
    const key = keyOf(proxy)
    const track = this.newest.get(key)
    const gone = this.gone.get(key)
    if (!track && (gone === undefined || this.isOffline(gone, position))) return { state: 'offline' }
    if ((track ? this.ranBy(track) : (gone?.ran ?? beforeAll)) < position) return { state: 'pending', gone: !track }
    const refusals = [...(this.missed.get(key)?.values() ?? [])].flatMap(({ after, upTo, refused }) =>
      after < position && since < upTo ? [refused] : [],
    )
    return refusals.length > 0 ? { state: 'refused', refusals } : { state: 'running' }
  }

  /** The proxy is not there any more. */
  forget(proxy: ResourceKey): void {
    this.gone.delete(keyOf(proxy))
    this.missed.delete(keyOf(proxy))
    this.moved()
  }

  /** Calls back whenever a proxy may stand otherwise. @returns a function that ends that */
  watch(onMove: () => void): () => void {
    this.watchers.add(onMove)
    return () => void this.watchers.delete(onMove)
  }

  /** Tells those who watch. */
  moved(): void {
    for (const watcher of this.watchers) watcher()
  }

  /** Whoever was there when the change came, is waited for until it is back. */
  private isOffline({ left, ran, at }: Gone, position: number): boolean {
    return left < position && ran < position && this.options.now() - at >= this.options.graceMs
  }

  private ranBy({ current, ran }: Track): number {
    return current ? this.options.position() : ran
  }

  /** Something was found out about what the proxy refuses. */
  explained({ node, refused }: Session): void {
    const known = this.missed.get(keyOf(node.proxy))
    if (!known) return
    const now = new Map(known)
    for (const one of refused) {
      const missed = known.get(idOf(one))
      if (missed?.refused.version === one.version) now.set(idOf(one), { ...missed, refused: one })
    }
    this.missed.set(keyOf(node.proxy), now)
  }

  /** The last change that the proxy ran; -1: none. */
  ranUpTo(session: Session): number {
    const track = this.tracks.get(session)
    return track ? this.ranBy(track) : beforeAll
  }

  /** What was refused before and still is, has kept the proxy from running changes since it was refused first. */
  private note({ session, ran }: Track, given: number): void {
    const key = keyOf(session.node.proxy)
    const before = this.missed.get(key)
    const refused = session.refused
    if (refused.length === 0) {
      this.missed.delete(key)
      return
    }
    const now = refused.map((one): [string, Missed] => {
      const id = idOf(one)
      const known = before?.get(id)
      if (known?.refused.version === one.version) return [id, known]
      return [id, { after: known?.after ?? ran, upTo: given, refused: one }]
    })
    this.missed.set(key, new Map(now))
  }
}
