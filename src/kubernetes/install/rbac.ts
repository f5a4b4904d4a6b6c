import { type Manifest, controlPlaneLabels, controlPlaneName } from './manifest.js'
import { type Permission, permissions } from './permissions.js'

const group = 'rbac.authorization.k8s.io'
const apiVersion = `${group}/v1`

/** The roles of the control plane and their bindings: one in the whole cluster, one in its own namespace. */
export function roles(namespace: string, kinds: readonly string[]): readonly Manifest[] {
  const all = permissions(kinds)
  return [
    ...role(
      'Cluster',
      undefined,
      all.filter(({ scope }) => scope === 'cluster'),
      namespace,
    ),
    ...role(
      '',
      namespace,
      all.filter(({ scope }) => scope === 'system-namespace'),
      namespace,
    ),
  ]
}

function role(prefix: 'Cluster' | '', namespace: string | undefined, granted: readonly Permission[], subjectNamespace: string): Manifest[] {
  const metadata = { name: controlPlaneName, ...(namespace !== undefined && { namespace }), labels: controlPlaneLabels }
  return [
    {
      apiVersion,
      kind: `${prefix}Role`,
      metadata,
      rules: granted.map(({ group: apiGroup, resources, verbs }) => ({ apiGroups: [apiGroup], resources, verbs })),
    },
    {
      apiVersion,
      kind: `${prefix}RoleBinding`,
      metadata,
      roleRef: { apiGroup: group, kind: `${prefix}Role`, name: controlPlaneName },
      subjects: [{ kind: 'ServiceAccount', name: controlPlaneName, namespace: subjectNamespace }],
    },
  ]
}
