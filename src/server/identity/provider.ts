import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import type { ChangeEvent, Store } from '../../core/store.js'
import type { ProxyKey } from '../../translate/fleet.js'
import type { IdentityMaterial } from '../../translate/secrets.js'
import { enabledCaBackend, secretsOfBackend } from '../ca/load.js'
import { type Issued, issueIdentity } from './issue.js'
import { identityUris } from '../../translate/identity-uris.js'
import { callAt } from './timer.js'

export interface IdentityRequest {
  readonly mesh: Resource<MeshSpec>
  readonly dataplane: Resource<DataplaneSpec>
  /** Meshes whose services the proxy may call besides its own. */
  readonly otherMeshes?: readonly Resource<MeshSpec>[]
}

/** A proxy's certificate and what it trusts, with what an insight tells of it. */
export interface ProxyIdentity extends IdentityMaterial {
  readonly backend: string
  readonly issuedAt: Date
  readonly expiresAt: Date
  /** How many certificates the proxy has been given, this one included. */
  readonly generation: number
}

/** Holds the certificates of the proxies of a control plane, and renews them in time. */
export interface IdentityProvider {
  /**
   * The proxy's identity: the one it has, or a new one where the mesh's CA, its rotation or the proxy's tags have changed.
   * Undefined: its mesh has no mTLS.
   * @throws KumaError `no-ca` while the CA can't be read and the proxy has no certificate that would do for now; another
   *   attempt is made by itself
   */
  of(request: IdentityRequest): Promise<ProxyIdentity | undefined>
  /** Lets go of a proxy that is no longer connected. */
  forget(proxy: ProxyKey): void
  /** Calls back when proxies have to be asked for anew: renewed in time, or their CA's secrets have changed. */
  onChange(listener: (proxies: readonly ProxyKey[]) => void): () => void
  close(): void
}

export interface IdentityProviderOptions {
  readonly store: Pick<Store, 'get' | 'watch'>
  readonly clock?: () => Date
}

interface Entry {
  readonly proxy: ProxyKey
  /** What the identity was made from; empty once it has to be made anew. */
  readonly basis: string
  readonly secrets: ReadonlySet<string>
  readonly identity: Promise<ProxyIdentity>
  /** The last that was made. */
  last?: Issued
  failures: number
  timer?: { cancel(): void }
}

/** After which part of its lifetime a certificate is replaced. Source: Kuma. */
const renewalShare = 0.8
const firstRetryMs = 1000
const lastRetryMs = 60_000

export function createIdentityProvider({ store, clock = () => new Date() }: IdentityProviderOptions): IdentityProvider {
  const entries = new Map<string, Entry>()
  const listeners = new Set<(proxies: readonly ProxyKey[]) => void>()
  const tell = (proxies: readonly ProxyKey[]) => {
    if (proxies.length > 0) for (const listener of listeners) listener(proxies)
  }

  /** The next asking makes it anew; with the same certificate where nothing speaks against it. */
  function expire(entry: Entry, { renew }: { renew: boolean }): void {
    const key = textOf(entry.proxy)
    if (entries.get(key) !== entry) return
    entry.timer?.cancel()
    const last = entry.last && { ...entry.last, spent: renew || entry.last.spent }
    entries.set(key, { ...entry, basis: '', last, timer: undefined })
  }

  function begin(request: IdentityRequest, basis: string, before: Entry | undefined): Promise<ProxyIdentity> {
    const proxy = { mesh: request.mesh.name, name: request.dataplane.name }
    const last = before?.last
    const issued = issueIdentity(store, request, clock(), last)
    const identity = issued.then(
      (made) => made.identity,
      (error: unknown) => {
        if (last && clock() < last.identity.expiresAt && sameNames(last, request)) return last.identity
        throw error
      },
    )
    const entry: Entry = { proxy, basis, secrets: secretsOf(request), identity, last, failures: before?.failures ?? 0 }
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
        againAt(issuedAt.getTime() + (expiresAt.getTime() - issuedAt.getTime()) * renewalShare, true)
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
      const proxy = { mesh: request.mesh.name, name: request.dataplane.name }
      if (!enabledCaBackend(request.mesh)) {
        forget(proxy)
        return undefined
      }
      const before = entries.get(textOf(proxy))
      const basis = basisOf(request)
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

function sameNames(last: Issued, { mesh, dataplane }: IdentityRequest): boolean {
  return last.uris.join() === identityUris(mesh.name, dataplane).join()
}

const textOf = ({ mesh, name }: ProxyKey) => `${mesh}/${name}`
const secretText = ({ mesh, name }: { readonly mesh?: string; readonly name: string }) => `${mesh}/${name}`

/** Equal for equal certificates: everything in the resources that an identity is made from. */
function basisOf({ mesh, dataplane, otherMeshes = [] }: IdentityRequest): string {
  const { inbound = [], gateway } = dataplane.spec.networking ?? {}
  const tags = [...inbound.map((one) => one.tags), gateway?.tags]
  return JSON.stringify([tags, dataplane.labels, mesh.spec.mtls, otherMeshes.map(({ name, spec }) => [name, spec.mtls])])
}

function secretsOf({ mesh, otherMeshes = [] }: IdentityRequest): ReadonlySet<string> {
  const names = [mesh, ...otherMeshes].flatMap((one) => {
    const backend = enabledCaBackend(one)
    return backend ? secretsOfBackend(one.name, backend).map((name) => secretText({ mesh: one.name, name })) : []
  })
  return new Set(names)
}
