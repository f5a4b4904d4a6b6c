import type { Issue } from '../core/issue.js'
import type { Resource } from '../core/resource.js'

/** What to tell about a policy that names a backend which its mesh doesn't have. */
export function unknownBackend(
  section: 'logging' | 'tracing',
  policy: Resource,
  name: string | undefined,
  backends: readonly { readonly name?: string }[],
): Issue {
  const known = backends.map((backend) => `"${backend.name ?? ''}"`).join(', ') || 'none'
  const found = name ? `there is no backend "${name}"` : 'no backend is named, and the mesh has no default one'
  return {
    level: 'warning',
    code: 'unknown-backend',
    path: 'conf.backend',
    message: `${found}: the backends in ${section} of mesh "${policy.mesh ?? ''}" are: ${known}`,
    resource: policy,
  }
}
