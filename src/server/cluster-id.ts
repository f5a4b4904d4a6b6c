import { KumaError } from '../core/errors.js'
import { Config, type ConfigSpec } from '../core/kinds/internal.js'
import type { Resource } from '../core/resource.js'
import type { Store } from '../core/store.js'

/** Source: Kuma's ClusterIdConfigKey. */
const key = { type: Config.type, name: 'kuma-cluster-id' }

/** The id that all control planes on the store have in common; the first of them makes it. */
export async function agreeOnClusterId(store: Pick<Store, 'get' | 'write'>): Promise<string> {
  const stored = await store.get(key)
  const known = (stored?.resource.spec as ConfigSpec | undefined)?.config
  if (known) return known
  const made = crypto.randomUUID()
  const resource: Resource<ConfigSpec> = { ...key, labels: {}, spec: { config: made } }
  try {
    await store.write([{ op: 'put', resource, expect: stored?.version ?? 'absent' }])
    return made
  } catch (error) {
    // Another one was faster.
    if (error instanceof KumaError && error.code === 'conflict') return agreeOnClusterId(store)
    throw error
  }
}
