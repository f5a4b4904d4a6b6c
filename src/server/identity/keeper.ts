import type { ChangeEvent, Store } from '../../core/store.js'
import type { ProxyKey } from '../../translate/fleet.js'
import { callAt } from './timer.js'

/** For how long a certificate is good. */
export interface Lifetime {
  readonly issuedAt: Date
  readonly expiresAt: Date
}

/** A certificate with what it was made from: it is good for the next asking too, while that stays the same. */
export interface Issued<C extends Lifetime> {
  readonly identity: C
  /** What the certificate says of its holder. */
  readonly uris: readonly string[]
  readonly basis: string
  /** It is time for another certificate. */
  readonly spent: boolean
  /** When what goes with the certificate changes, whatever the resources say; milliseconds since 1970. */
  readonly lookAgainAt?: number
}

/** How certificates of one sort come about. */
export interface CertificateSource<Request, C extends Lifetime> {
  proxyOf(request: Request): ProxyKey
  /** Equal for equal certificates: everything in the resources that one is made from. Undefined: there is to be none. */
  basisOf(request: Request): string | undefined
  /** Secrets that it is made from, by {@link secretText}. */
  secretsOf(request: Request): ReadonlySet<string>
  /** What the certificate would say now; undefined: that can't be told. */
  urisOf(request: Request): readonly string[] | undefined
  /** @throws KumaError `no-ca` */
  issue(request: Request, now: Date, before: Issued<C> | undefined): Promise<Issued<C>>
}

/** Holds certificates of proxies, and renews them in time. */
export interface CertificateKeeper<Request, C extends Lifetime> {
  /**
   * The proxy's certificate: the one it has, or a new one where what it is made from has changed. Undefined: it is to have none.
   * @throws KumaError `no-ca` while the CA can't be read and the proxy has no certificate that would do for now; another
   *   attempt is made by itself
   */
  of(request: Request): Promise<C | undefined>
  /** Lets go of a proxy that is no longer connected. */
  forget(proxy: ProxyKey): void
  /** Calls back when proxies have to be asked for anew: renewed in time, or their CA's secrets have changed. */
  onChange(listener: (proxies: readonly ProxyKey[]) => void): () => void
  close(): void
}

export interface KeeperOptions {
  readonly store: Pick<Store, 'watch'>
  readonly clock?: () => Date
  /** From 0 to 1, another each time: how much earlier than at the latest a certificate is renewed. Default: random. */
  readonly jitter?: () => number
}

interface Entry<C extends Lifetime> {
  readonly proxy: ProxyKey
  /** What the identity was made from; empty once it has to be made anew. */
  readonly basis: string
  readonly secrets: ReadonlySet<string>
  readonly identity: Promise<C>
  /** The last that was made. */
  last?: Issued<C>
  failures: number
  timer?: { cancel(): void }
}

/** After which part of its lifetime a certificate is replaced. Source: Kuma. */
const renewalShare = 0.8
/** Part of the lifetime by which renewals are earlier at the most: certificates that were issued at once don't end at once. */
const renewalSpread = 0.1
const firstRetryMs = 1000
const lastRetryMs = 60_000

export function createCertificateKeeper<Request, C extends Lifetime>(
  source: CertificateSource<Request, C>,
  { store, clock = () => new Date(), jitter = Math.random }: KeeperOptions,
): CertificateKeeper<Request, C> {
  const entries = new Map<string, Entry<C>>()
  const listeners = new Set<(proxies: readonly ProxyKey[]) => void>()
  const tell = (proxies: readonly ProxyKey[]) => {
    if (proxies.length > 0) for (const listener of listeners) listener(proxies)
  }

  /** The next asking makes it anew; with the same certificate where nothing speaks against it. */
  function expire(entry: Entry<C>, { renew }: { renew: boolean }): void {
    const key = textOf(entry.proxy)
    if (entries.get(key) !== entry) return
    entry.timer?.cancel()
    const last = entry.last && { ...entry.last, spent: renew || entry.last.spent }
    entries.set(key, { ...entry, basis: '', last, timer: undefined })
  }

  function begin(request: Request, basis: string, before: Entry<C> | undefined): Promise<C> {
    const proxy = source.proxyOf(request)
    const last = before?.last
    const issued = source.issue(request, clock(), last)
    const identity = issued.then(
      (made) => made.identity,
      (error: unknown) => {
        if (last && clock() < last.identity.expiresAt && last.uris.join() === source.urisOf(request)?.join()) return last.identity
        throw error
      },
    )
    const entry: Entry<C> = { proxy, basis, secrets: source.secretsOf(request), identity, last, failures: before?.failures ?? 0 }
    entries.set(textOf(proxy), entry)
    const againAt = (time: number, renew: boolean) => {
      if (entries.get(textOf(proxy)) !== entry) return
      entry.timer = callAt(time, clock, () => {
        expire(entry, { renew })
        tell([proxy])
      })
    }
    issued.then(
      (made) => {
        entry.last = made
        entry.failures = 0
        const { issuedAt, expiresAt } = made.identity
        const share = renewalShare - renewalSpread * jitter()
        const renewAt = issuedAt.getTime() + (expiresAt.getTime() - issuedAt.getTime()) * share
        const { lookAgainAt = Infinity } = made
        againAt(Math.min(renewAt, lookAgainAt), renewAt <= lookAgainAt)
      },
      () => againAt(clock().getTime() + Math.min(firstRetryMs * 2 ** entry.failures++, lastRetryMs), false),
    )
    return identity
  }

  function forget(proxy: ProxyKey): void {
    const key = textOf(proxy)
    entries.get(key)?.timer?.cancel()
    entries.delete(key)
  }

  function onStoreChange(events: readonly ChangeEvent[] | 'reset'): void {
    const changed =
      events === 'reset' ? undefined : new Set(events.filter(({ key }) => key.type === 'Secret').map(({ key }) => secretText(key)))
    if (changed?.size === 0) return
    const touched = [...entries.values()].filter(({ secrets }) => !changed || [...secrets].some((secret) => changed.has(secret)))
    for (const entry of touched) expire(entry, { renew: false })
    tell(touched.map(({ proxy }) => proxy))
  }

  const unwatch = store.watch(onStoreChange)
  return {
    async of(request) {
      const proxy = source.proxyOf(request)
      const basis = source.basisOf(request)
      if (basis === undefined) {
        forget(proxy)
        return undefined
      }
      const before = entries.get(textOf(proxy))
      if (before?.basis === basis) return before.identity
      before?.timer?.cancel()
      return begin(request, basis, before)
    },
    forget,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      unwatch()
      for (const { timer } of entries.values()) timer?.cancel()
      entries.clear()
      listeners.clear()
    },
  }
}

const textOf = ({ mesh, name }: ProxyKey) => `${mesh}/${name}`

/** A secret of a mesh as a source names it. */
export const secretText = ({ mesh, name }: { readonly mesh?: string; readonly name: string }) => `${mesh}/${name}`
