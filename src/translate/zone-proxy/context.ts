import type { Issue } from '../../core/issue.js'
import type { Resource } from '../../core/resource.js'
import type { MeshContext } from '../mesh-context.js'
import type { NodeMetadata } from '../node-metadata.js'

/** What ZoneIngress and ZoneEgress have in common. */
export interface ZoneProxySpec {
  readonly zone?: string
  readonly networking?: { readonly address?: string; readonly port?: number }
}

/** A proxy between zones, or out of one, and all that shapes its configuration. */
export interface ZoneProxyContext<Spec extends ZoneProxySpec = ZoneProxySpec> {
  readonly resource: Resource<Spec>
  /** Zone of the control plane. */
  readonly zone: string
  /** Every mesh, sorted by name: a zone proxy serves all of them. */
  readonly meshes: readonly MeshContext[]
  readonly metadata: NodeMetadata
  /** Whether names follow the unified scheme. */
  readonly unifiedNaming: boolean
  /** Address ranges (CIDR) whose requests count as internal; absent: Kuma's default. */
  readonly internalAddresses?: readonly string[]
  report(issue: Issue): void
}

/** Whether a zone proxy belongs to another zone. */
export function isRemote({ spec }: Resource<ZoneProxySpec>, zone: string): boolean {
  return Boolean(spec.zone) && spec.zone !== zone
}
