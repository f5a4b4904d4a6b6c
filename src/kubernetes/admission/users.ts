import type { AdmissionRequest } from '../admission-review.js'

/**
 * Those who tidy up in a cluster: what they delete, they delete because what it belongs to is gone. This is no matter of
 * security, RBAC is; people are kept from mistakes.
 */
const tidyUp: ReadonlySet<string> = new Set([
  'system:serviceaccount:kube-system:generic-garbage-collector',
  'system:serviceaccount:kube-system:namespace-controller',
  'system:serviceaccount:kube-system:storage-version-migrator-controller',
])

/** Whether whoever asks may write what people may not. */
export function isPrivileged({ userInfo }: Pick<AdmissionRequest, 'userInfo'>, allowedUsers: readonly string[]): boolean {
  const name = userInfo?.username
  return name !== undefined && (tidyUp.has(name) || allowedUsers.includes(name))
}
