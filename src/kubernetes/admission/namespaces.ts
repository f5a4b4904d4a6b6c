/** Kinds that concern the whole zone, and are therefore kept beside the control plane. Source: AllowedOnSystemNamespaceOnly. */
const systemOnly: ReadonlySet<string> = new Set([
  'HostnameGenerator',
  'MeshExternalService',
  'MeshIdentity',
  'MeshOpenTelemetryBackend',
  'MeshTrust',
])

/** Why resources of the type may not be in the namespace. */
export function namespaceFault(type: string, namespace: string | undefined, systemNamespace: string): string | undefined {
  if (!namespace || namespace === systemNamespace || !systemOnly.has(type)) return undefined
  return `resource type ${type} can be created only in the system namespace:${systemNamespace}`
}
