import type { MeshSpec } from '../core/kinds/mesh.js'
import { insightKey } from '../core/ownership.js'
import type { Resource } from '../core/resource.js'
import type { Store } from '../core/store.js'
import { checkMeshCas } from './ca/check.js'
import { secretsOfBackend } from './ca/load.js'
import { createMeshCas, planMeshCas } from './ca/plan.js'
import type { OutsideData } from './outside-data.js'
import type { WriteRule } from './resource-writer.js'

interface RuleOptions {
  readonly store: Store
  /** Files that provided CAs may be in. Default: none. */
  readonly outside?: OutsideData
  clock(): Date
  /** A mesh may be deleted with its dataplanes, a zone while it is connected. */
  readonly unsafeDelete: boolean
}

/** A mesh's certificate authorities are looked at, and the builtin ones made, when it is written. */
export function meshAuthorityRule({ store, outside, clock }: RuleOptions): WriteRule {
  return {
    type: 'Mesh',
    check: (mesh) => checkMeshCas(mesh as Resource<MeshSpec>, { store, outside }),
    accompany: async (mesh) => {
      const { items } = await store.list({ type: 'Secret', mesh: mesh.name })
      const names = new Set(items.map(({ resource }) => resource.name))
      return createMeshCas(
        planMeshCas(mesh as Resource<MeshSpec>, (name) => names.has(name)),
        clock(),
      )
    },
  }
}

/** People delete meshes by mistake: one with dataplanes stays. */
export function meshInUseRule({ store, unsafeDelete }: RuleOptions): WriteRule {
  return {
    type: 'Mesh',
    checkRemoval: async ({ name }) => {
      const { items } = await store.list({ type: 'Dataplane', mesh: name })
      if (unsafeDelete || items.length === 0) return []
      return [{ path: 'mesh', message: 'unable to delete mesh, there are still some dataplanes attached' }]
    },
  }
}

/** A zone that is connected would come back at once. */
export function zoneInUseRule({ store, unsafeDelete }: RuleOptions): WriteRule {
  return {
    type: 'Zone',
    checkRemoval: async (zone) => {
      const insight = insightKey(zone)
      const spec = insight && (await store.get(insight))?.resource.spec
      if (unsafeDelete || !isConnected(spec)) return []
      return [{ path: 'zone', message: 'unable to delete Zone, Zone CP is still connected, please shut it down first' }]
    },
  }
}

/** A secret that a certificate authority consists of stays. */
export function secretInUseRule({ store }: RuleOptions): WriteRule {
  return {
    type: 'Secret',
    checkRemoval: async ({ name, mesh = '' }) => {
      const stored = await store.get({ type: 'Mesh', name: mesh })
      const backends = (stored?.resource as Resource<MeshSpec> | undefined)?.spec.mtls?.backends ?? []
      return backends
        .filter((backend) => secretsOfBackend(mesh, backend).includes(name))
        .map(({ name: backend = '' }) => ({
          path: 'name',
          message:
            `The secret "${name}" that you are trying to remove is currently in use in Mesh "${mesh}" in mTLS backend "${backend}". ` +
            `Please remove the reference from the "${backend}" backend before removing the secret.`,
        }))
    },
  }
}

/** The rules of every control plane. */
export function standardRules(options: RuleOptions): readonly WriteRule[] {
  return [meshAuthorityRule(options), meshInUseRule(options), zoneInUseRule(options), secretInUseRule(options)]
}

function isConnected(insight: unknown): boolean {
  const { subscriptions = [] } = (insight ?? {}) as { subscriptions?: readonly { connectTime?: string; disconnectTime?: string }[] }
  return subscriptions.some(({ connectTime, disconnectTime }) => connectTime !== undefined && disconnectTime === undefined)
}
