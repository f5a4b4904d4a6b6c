import type { TargetRef } from '../core/target-ref.js'

/** Whom a policy of a namespace speaks for: who offers a service, who uses one, the owner of the workload, or the whole system. */
export type PolicyRole = 'system' | 'workload-owner' | 'producer' | 'consumer'

interface PolicySpec {
  readonly to?: readonly { readonly targetRef?: TargetRef }[]
  readonly from?: readonly unknown[]
}

/**
 * The role of a policy with a targetRef, which decides whom it concerns; or why it has none.
 * @param namespace undefined: the control plane's own
 */
export function policyRoleIn(namespace: string | undefined, spec: unknown): { readonly role: PolicyRole } | { readonly fault: string } {
  if (namespace === undefined) return { role: 'system' }
  const { to = [], from = [] } = (spec ?? {}) as PolicySpec
  if (from.length > 0 && to.length > 0) return { fault: "it's not allowed to mix 'to' and 'from' arrays in the same policy" }
  if (to.length === 0) return { role: 'workload-owner' }
  const producers = to.filter(({ targetRef }) => targetRef !== undefined && isOfNamespace(namespace, targetRef)).length
  if (producers === to.length) return { role: 'producer' }
  if (producers === 0) return { role: 'consumer' }
  return { fault: "it's not allowed to mix producer and consumer items in the same policy" }
}

/** Whether an entry is about a service or route of the policy's own namespace. */
function isOfNamespace(own: string, { kind, name, namespace }: TargetRef): boolean {
  return (kind === 'MeshService' || kind === 'MeshHTTPRoute') && Boolean(name) && (!namespace || namespace === own)
}
