import type { AdmitOptions } from '../core/admit.js'
import { initialPoliciesOf } from '../core/defaults.js'
import type { MeshSpec } from '../core/kinds/mesh.js'
import type { Kind, Registry, Violation } from '../core/kind.js'
import { computeLabels } from '../core/labels.js'
import { type Refusal, refuse } from '../core/refusal.js'
import { keyOf, type Resource, type ResourceKey } from '../core/resource.js'
import type { Store, Stored, Write } from '../core/store.js'
import { admitAsStored } from './stored-admission.js'

/** What a control plane adds to the rules of a kind: what neither a resource's text nor the registry knows. */
export interface WriteRule {
  readonly type: string
  /** What is wrong with a resource that was admitted. Paths start at the resource. */
  check?(resource: Resource, previous: Resource | undefined): Promise<readonly Violation[]>
  /** What is to be written with it, after it in the same transaction. */
  accompany?(resource: Resource, previous: Resource | undefined): Promise<readonly Write[]>
  /** What goes with it, in the same transaction. */
  accompanyRemoval?(resource: Resource): Promise<readonly Write[]>
  /** Why it has to stay. */
  checkRemoval?(resource: Resource): Promise<readonly Violation[]>
}

export interface ResourceWriterOptions extends Pick<AdmitOptions, 'mayChangeCa'> {
  readonly store: Store
  readonly registry: Registry
  /** Name of the control plane's zone. */
  readonly zone: string
  readonly rules: readonly WriteRule[]
}

export type PutOutcome =
  | { readonly stored: Stored; readonly created: boolean; readonly refusal?: undefined }
  | { readonly refusal: Refusal; readonly stored?: undefined }

/** Stores what people hand in, as a Universal zone control plane does: admitted, completed, with all that comes along. */
export class ResourceWriter {
  constructor(private readonly options: ResourceWriterOptions) {}

  /**
   * Creates or updates. A new Mesh comes with its policies, whatever the rules add and all of it in one transaction. A status
   * that is stored stays, whatever the resource says.
   * @throws KumaError `conflict` where somebody else wrote the resource at the same time, and what {@link Store.write} throws
   */
  async put(resource: Resource): Promise<PutOutcome> {
    const { store, registry, rules } = this.options
    const before = await store.get(resource)
    const previous = before?.resource
    const admission = await admitAsStored(withStatusOf(resource, previous), this.options)
    if (admission.refusal) return { refusal: admission.refusal }
    const { resource: admitted } = admission
    const ofType = rules.filter(({ type }) => type === admitted.type)
    const violations = (await Promise.all(ofType.map((rule) => rule.check?.(admitted, previous) ?? []))).flat()
    if (violations.length > 0) {
      return { refusal: refuse(keyPart(admitted), violations, `Failed to ${previous ? 'update' : 'create'} a resource`) }
    }
    const along = (await Promise.all(ofType.map((rule) => rule.accompany?.(admitted, previous) ?? []))).flat()
    const policies = previous === undefined && admitted.type === 'Mesh' ? this.policiesOf(admitted as Resource<MeshSpec>, registry) : []
    const [stored] = await store.write([{ op: 'put', resource: admitted, expect: before?.version ?? 'absent' }, ...policies, ...along])
    if (stored === undefined) throw new Error(`the store kept nothing of ${keyOf(admitted)}`)
    return { stored, created: before === undefined }
  }

  /**
   * Deletes, with all that belongs to the resource. Undefined: done.
   * @throws KumaError `conflict` where somebody else wrote the resource at the same time, `not-found` where they deleted it
   */
  async remove({ resource, version }: Stored): Promise<Refusal | undefined> {
    const { store, rules } = this.options
    const ofType = rules.filter(({ type }) => type === resource.type)
    const violations = (await Promise.all(ofType.map((rule) => rule.checkRemoval?.(resource) ?? []))).flat()
    if (violations.length > 0) return refuse(keyPart(resource), violations, 'Could not delete a resource')
    const along = (await Promise.all(ofType.map((rule) => rule.accompanyRemoval?.(resource) ?? []))).flat()
    await store.write([{ op: 'delete', key: keyPart(resource), expect: version }, ...along])
    return undefined
  }

  private policiesOf(mesh: Resource<MeshSpec>, registry: Registry): Write[] {
    return initialPoliciesOf(mesh).flatMap((policy): Write[] => {
      const kind: Kind | undefined = registry.byType(policy.type)
      if (kind === undefined) return []
      return [{ op: 'put', resource: { ...policy, labels: computeLabels(kind, policy, this.options.zone) }, expect: 'absent' }]
    })
  }
}

function withStatusOf(
  { status: _status, creationTime: _created, modificationTime: _modified, ...rest }: Resource,
  previous: Resource | undefined,
) {
  return previous?.status === undefined ? rest : { ...rest, status: previous.status }
}

function keyPart({ type, mesh, name }: ResourceKey): ResourceKey {
  return mesh === undefined ? { type, name } : { type, mesh, name }
}
