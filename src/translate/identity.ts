import type { ProxyDraft } from './draft.js'
import { seconds } from './envoy/duration.js'
import { pipeCluster, speakHttp } from './envoy/cluster.js'
import type { MeshContext } from './mesh-context.js'
import { names } from './names.js'
import type { ProxyContext } from './proxy.js'
import type { ResourceKey } from '../core/resource.js'
import { type IdentityMaterial, type SecretTracker, caSecret, identitySecret, joinedCas } from './secrets.js'
import { type TrustDomains, trustBundle } from './trust.js'
import type { ProxyOptions } from './translate.js'
import type { SpireAgent, WorkloadIdentity } from './workload-identity.js'

/** What of a proxy decides which certificates it gets. */
export type IdentitySubject = Pick<ProxyContext, 'secrets' | 'workloadIdentity'> & {
  readonly mesh: Pick<MeshContext, 'name' | 'mtls' | 'trustDomains'>
  readonly dataplane: ResourceKey
}

/**
 * Sends the certificates that a data plane proxy's resources refer to. A proxy with an identity of its own gets no other: what refers
 * to the mesh's waits.
 */
export function addIdentity(proxy: IdentitySubject, draft: ProxyDraft, options: Pick<ProxyOptions, 'identity' | 'workloadIdentity'>): void {
  const { mesh, secrets, dataplane, workloadIdentity } = proxy
  const { workload, trustBundle: trusts } = secrets.used()
  if (workload) addWorkloadIdentity(workload, options.workloadIdentity, dataplane, draft)
  if (trusts && mesh.trustDomains.size > 0) {
    const bundle = trustBundle(withMeshCa(proxy, options.identity?.trustedCas.get(mesh.name)))
    draft.secrets.set(names.trustBundleSecret, bundle)
  }
  if (!workloadIdentity) addMeshIdentity(secrets, options.identity, dataplane, draft)
}

function addWorkloadIdentity(
  { secret, spiffeId, spire }: WorkloadIdentity,
  material: ProxyOptions['workloadIdentity'],
  proxy: ResourceKey,
  draft: ProxyDraft,
): void {
  if (spire) addSpireAgent(spire, draft)
  else if (spiffeId !== '' && material) draft.secrets.set(secret, identitySecret(secret, material))
  else if (spiffeId !== '') draft.issues.push(noCertificate('a MeshIdentity selects the proxy', proxy))
}

function addSpireAgent({ socket, connectTimeoutSeconds }: SpireAgent, draft: ProxyDraft): void {
  const { name, clusterDiscoveryType, loadAssignment } = pipeCluster(names.spireAgent, socket)
  const message = { name, clusterDiscoveryType, loadAssignment, connectTimeout: seconds(connectTimeoutSeconds) }
  const cluster = { name: names.spireAgent, origin: 'secrets', message, protocol: 'grpc' } as const
  speakHttp(cluster, 2)
  draft.clusters.set(cluster.name, cluster)
}

/** As soon as there are trust domains, the mesh's own CA is that of one more: it bears the mesh's name. */
function withMeshCa({ mesh }: IdentitySubject, pem: Uint8Array | undefined): TrustDomains {
  if (!mesh.mtls || !pem) return mesh.trustDomains
  return new Map([...mesh.trustDomains, [mesh.name, [...(mesh.trustDomains.get(mesh.name) ?? []), new TextDecoder().decode(pem)]]])
}

/** Sends the certificates of mesh mTLS. Without them the references stay: the proxy waits and lets nobody in. */
export function addMeshIdentity(
  secrets: SecretTracker,
  material: IdentityMaterial | undefined,
  proxy: ResourceKey,
  draft: ProxyDraft,
): void {
  const { identity, cas, allCas } = secrets.used()
  if (identity === undefined) return
  if (!material) {
    draft.issues.push(noCertificate('mTLS is on', proxy))
    return
  }
  draft.secrets.set(identity, identitySecret(identity, material))
  if (allCas) draft.secrets.set(allCas, caSecret(allCas, joinedCas(material)))
  for (const [mesh, name] of cas) {
    const pem = material.trustedCas.get(mesh)
    if (pem) draft.secrets.set(name, caSecret(name, pem))
    else {
      const message = `the certificates of mesh "${mesh}" are not known: connections there will be refused`
      draft.issues.push({ level: 'error', code: 'no-trusted-ca', path: 'mtls', message, resource: proxy })
    }
  }
}

function noCertificate(reason: string, resource: ResourceKey) {
  const message = `${reason}, but the proxy was given no certificate: it will neither take nor make connections inside the mesh`
  return { level: 'error', code: 'no-identity', path: 'mtls', message, resource } as const
}
