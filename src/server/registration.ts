import type { DataplaneInsightSpec } from '../core/kinds/dataplane-insight.js'
import type { Registry } from '../core/kind.js'
import { insightKey } from '../core/ownership.js'
import { parse } from '../core/parse.js'
import { type Resource, type ResourceKey, keyOf } from '../core/resource.js'
import type { Store } from '../core/store.js'
import type { Log } from './log.js'
import type { ResourceWriter } from './resource-writer.js'

export interface RegistrationOptions {
  readonly store: Pick<Store, 'get'>
  readonly registry: Registry
  readonly writer: Pick<ResourceWriter, 'put' | 'remove'>
  /** Of this control plane. */
  readonly instanceId: string
  /** A proxy that is gone for so long is removed, in milliseconds. Default: 10 s. Source: Kuma's deregistration delay. */
  readonly removalDelayMs?: number
  readonly log: Log
}

/** Proxies that bring their resource along instead of having it applied before: it comes and goes with them. */
export interface Registration {
  /** The resource that a node brings along; undefined: none; a text: what is wrong with it. */
  read(metadata: Readonly<Record<string, unknown>>, key: ResourceKey): Resource | string | undefined
  /**
   * Stores the resource.
   * @returns the position of the change, or what is wrong with the resource
   */
  register(resource: Resource): Promise<number | string>
  /** A proxy has no stream any more. It stays if it comes back in time, here or at another control plane. */
  gone(key: ResourceKey, isBack: () => boolean): void
  /** Removes no more proxies: they will find another control plane. */
  close(): void
}

export function createRegistration(options: RegistrationOptions): Registration {
  const { store, registry, writer, instanceId, removalDelayMs = 10_000, log } = options
  const registered = new Set<string>()
  const timers = new Set<NodeJS.Timeout>()

  async function remove(key: ResourceKey): Promise<void> {
    const insight = insightKey(key)
    const last = insight && ((await store.get(insight))?.resource.spec as DataplaneInsightSpec | undefined)?.subscriptions?.at(-1)
    if (last && last.controlPlaneInstanceId !== instanceId) return
    const stored = await store.get(key)
    if (!stored) return
    const refusal = await writer.remove(stored)
    if (refusal) log.warn('a proxy that is gone could not be removed', { proxy: keyOf(key), reason: refusal.title })
    else log.info('removed a proxy that is gone', { proxy: keyOf(key) })
  }

  return {
    read(metadata, key) {
      const text = metadata['dataplane.resource']
      if (typeof text !== 'string' || text === '') return undefined
      const { items, issues } = parse(text, registry)
      const resource = items[0]?.resource
      if (!resource || items.length > 1) return `the resource that the proxy brings along: ${issues[0]?.message ?? 'there must be one'}`
      if (keyOf(resource) !== keyOf(key)) return `the resource that the proxy brings along is ${keyOf(resource)}, not ${keyOf(key)}`
      return resource
    },
    async register(resource) {
      const { stored, refusal } = await writer.put(resource)
      if (!stored) return refusal.violations[0]?.message ?? refusal.detail ?? refusal.title
      registered.add(keyOf(resource))
      return stored.version
    },
    gone(key, isBack) {
      if (!registered.has(keyOf(key))) return
      const timer = setTimeout(() => {
        timers.delete(timer)
        if (isBack()) return
        registered.delete(keyOf(key))
        remove(key).catch((error: Error) =>
          log.error('a proxy that is gone could not be removed', { proxy: keyOf(key), error: error.message }),
        )
      }, removalDelayMs)
      timer.unref()
      timers.add(timer)
    },
    close() {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
    },
  }
}
