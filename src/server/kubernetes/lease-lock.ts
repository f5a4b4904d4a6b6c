import type { KubernetesApi } from '../../kubernetes-api/api.js'
import { ApiFailure } from '../../kubernetes-api/failure.js'

/** Source: coordination.k8s.io/v1. */
interface Lease {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace: string; readonly resourceVersion?: string }
  readonly spec: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    readonly renewTime?: string
    readonly leaseTransitions?: number
  }
}

export interface LeaseLockOptions {
  readonly api: Pick<KubernetesApi, 'send'>
  readonly namespace: string
  readonly identity: string
  readonly name?: string
  /** Milliseconds. */
  readonly leaseMs?: number
  /** How long a request is waited for, in milliseconds. */
  readonly renewDeadlineMs?: number
}

/** A Lease of a cluster as a lock of one among many. */
export class LeaseLock {
  private readonly collection: string
  private readonly name: string
  private readonly leaseMs: number
  /** The Lease as last seen, and when it was first seen so, by this process's own measure. */
  private seen: { readonly version: string; readonly at: number } | undefined

  constructor(private readonly options: LeaseLockOptions) {
    const { namespace, name = 'kuma-cp-leader', leaseMs = 15_000 } = options
    this.collection = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
    this.name = name
    this.leaseMs = leaseMs
  }

  /** @returns whether it is held by this one from now on. @throws ApiFailure when that can't be told */
  async takeOrRenew(): Promise<boolean> {
    const lease = await this.read()
    if (!lease) return this.tried(() => this.send('POST', this.collection, this.leaseOf(undefined)))
    const { identity } = this.options
    const { holderIdentity, leaseDurationSeconds } = lease.spec
    const ours = holderIdentity === identity
    if (!ours && holderIdentity && !this.hasRunOut(lease, leaseDurationSeconds ?? this.leaseMs / 1000)) return false
    return this.tried(() => this.send('PUT', `${this.collection}/${this.name}`, this.leaseOf(lease)))
  }

  /** Lets another one take it at once. */
  async release(): Promise<void> {
    const lease = await this.read()
    if (lease?.spec.holderIdentity !== this.options.identity) return
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: now() }
    await this.tried(() => this.send('PUT', `${this.collection}/${this.name}`, { ...lease, spec }))
  }

  private async read(): Promise<Lease | undefined> {
    try {
      return await this.send<Lease>('GET', `${this.collection}/${this.name}`)
    } catch (error) {
      if (error instanceof ApiFailure && error.status === 404) return undefined
      throw error
    }
  }

  private hasRunOut({ metadata: { resourceVersion = '' } }: Lease, seconds: number): boolean {
    if (this.seen?.version !== resourceVersion) this.seen = { version: resourceVersion, at: performance.now() }
    return performance.now() - this.seen.at > seconds * 1000
  }

  private leaseOf(before: Lease | undefined): Lease {
    const { identity, namespace } = this.options
    const renews = before?.spec.holderIdentity === identity
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: before?.metadata ?? { name: this.name, namespace },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: Math.max(1, Math.ceil(this.leaseMs / 1000)),
        acquireTime: renews ? before.spec.acquireTime : now(),
        renewTime: now(),
        leaseTransitions: renews ? before.spec.leaseTransitions : (before?.spec.leaseTransitions ?? 0) + 1,
      },
    }
  }

  /** Another one that was faster is no failure. */
  private async tried(write: () => Promise<unknown>): Promise<boolean> {
    try {
      await write()
      return true
    } catch (error) {
      if (error instanceof ApiFailure && error.status === 409) return false
      throw error
    }
  }

  private send<T = unknown>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<T> {
    const signal = AbortSignal.timeout(this.options.renewDeadlineMs ?? 10_000)
    return this.options.api.send<T>(method, path, { signal, ...(body !== undefined && { body }) })
  }
}

/** As Kubernetes writes times of leases: with microseconds. */
const now = () => new Date().toISOString().replace('Z', '000Z')
