import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import { MeshIdentity, type MeshIdentitySpec } from '../core/kinds/mesh-identity.js'
import { MeshTrust } from '../core/kinds/mesh-trust.js'
import type { MeshGatewaySpec } from '../core/kinds/mesh-gateway.js'
import type { MeshSpec } from '../core/kinds/mesh.js'
import type { Issue } from '../core/issue.js'
import { kriOf } from '../core/kri.js'
import type { Resource, ResourceKey } from '../core/resource.js'
import { failureOf, identitySelecting, isReady, namesOnly } from '../core/workload-identity.js'
import type { ProxyKey } from '../translate/fleet.js'
import type { IdentityMaterial } from '../translate/secrets.js'
import { tag } from '../translate/tags.js'
import type { IdentityProvider, ProxyIdentity } from './identity/provider.js'
import type { IssuedWorkloadIdentity, WorkloadIdentityProvider } from './identity/workload.js'
import type { CertificateFacts } from './insight.js'
import type { LiveFleet } from './live-fleet.js'

/** What a proxy proves itself with, in the form that translating it takes. */
export interface ProxyIdentities {
  readonly identity?: IdentityMaterial
  /** With the SPIFFE ID that a MeshIdentity gives. */
  readonly workloadIdentity?: IssuedWorkloadIdentity
  /** Of a zone egress, by mesh. */
  readonly identities?: ReadonlyMap<string, IdentityMaterial>
  /** For the insight of a data plane proxy. */
  readonly certificate?: CertificateFacts
  /** Why there is none where there should be one. */
  readonly failures: readonly Issue[]
  /** It must not be given anything before it can have its identity: without, it would be open to all. */
  readonly waits?: boolean
}

/** Who issues certificates; what is absent issues none. */
export interface IdentityProviders {
  readonly identities?: IdentityProvider
  readonly workloadIdentities?: WorkloadIdentityProvider
}

type Directory = Pick<LiveFleet, 'find' | 'ofType'>

/** The service that a zone egress is in each mesh. Source: Kuma's ZoneEgressServiceName. */
const egressService = 'zone-egress'

/** Names of Dataplanes have no slash. */
const egressKey = (name: string) => `/${name}`

/** The certificates of a proxy: one, or one a mesh. */
export async function identitiesOf(proxy: Resource, providers: IdentityProviders, directory: Directory): Promise<ProxyIdentities> {
  if (proxy.type === 'Dataplane') return dataplaneIdentities(proxy as Resource<DataplaneSpec>, providers, directory)
  const { identities: provider } = providers
  if (proxy.type !== 'ZoneEgress' || !provider) return { failures: [] }
  const meshes = [...(directory.ofType('Mesh') as Iterable<Resource<MeshSpec>>)]
  const issued = await Promise.all(
    meshes.map(async (mesh) => [mesh.name, await issue(provider, mesh, egressAs(proxy.name, mesh.name), [])] as const),
  )
  const identities = new Map(issued.flatMap(([mesh, { identity }]) => (identity ? [[mesh, identity] as const] : [])))
  return { identities, failures: issued.flatMap(([, { failures }]) => failures) }
}

/** Lets go of what was kept for a proxy that is no longer connected. */
export function forgetIdentities(
  { type, mesh, name }: ResourceKey,
  { identities, workloadIdentities }: IdentityProviders,
  directory: Directory,
): void {
  if (type === 'Dataplane') for (const provider of [identities, workloadIdentities]) provider?.forget({ mesh, name })
  else if (type === 'ZoneEgress')
    for (const { name: inMesh } of directory.ofType('Mesh')) identities?.forget({ mesh: inMesh, name: egressKey(name) })
}

/** The proxy that an {@link IdentityProvider} speaks of. */
export function proxyOfIdentity({ mesh, name }: ProxyKey): ProxyKey {
  return name.startsWith('/') ? { type: 'ZoneEgress', name: name.slice(1) } : { mesh, name }
}

async function dataplaneIdentities(
  dataplane: Resource<DataplaneSpec>,
  { identities, workloadIdentities }: IdentityProviders,
  directory: Directory,
): Promise<ProxyIdentities> {
  const inMesh = identities ? await dataplaneIdentity(dataplane, identities, directory) : { failures: [] }
  const own = await workloadIdentity(dataplane, workloadIdentities, directory)
  return { ...inMesh, ...own, failures: [...inMesh.failures, ...own.failures] }
}

/** What the MeshIdentity that selects a proxy makes of it. */
async function workloadIdentity(
  dataplane: Resource,
  provider: WorkloadIdentityProvider | undefined,
  directory: Directory,
): Promise<Pick<ProxyIdentities, 'workloadIdentity' | 'certificate' | 'failures' | 'waits'>> {
  const all = [...directory.ofType('MeshIdentity')] as Resource<MeshIdentitySpec>[]
  const selecting = identitySelecting(
    dataplane.labels,
    all.filter(({ mesh }) => mesh === dataplane.mesh),
  )
  if (!selecting || namesOnly(selecting)) return { failures: [] }
  if (!isReady(selecting)) {
    const mesh = directory.find({ type: 'Mesh', name: dataplane.mesh ?? '' }) as Resource<MeshSpec> | undefined
    const reason = failureOf(selecting) ?? 'it has not been looked at yet'
    return {
      failures: [noIdentity(`MeshIdentity "${selecting.name}", which selects the proxy, is not ready: ${reason}`, dataplane)],
      waits: !mesh?.spec.mtls?.enabledBackend,
    }
  }
  if (selecting.spec.provider?.type !== 'Bundled' || !provider) return { failures: [] }
  try {
    const issued = await provider.of({ identity: selecting, dataplane })
    if (!issued) return { failures: [] }
    const trusts = [...directory.ofType('MeshTrust')].filter(({ mesh }) => mesh === dataplane.mesh)
    const certificate: CertificateFacts = {
      issuedAt: issued.issuedAt.toISOString(),
      expiresAt: issued.expiresAt.toISOString(),
      issuedBackend: kriOf(MeshIdentity, selecting) ?? '',
      supportedBackends: trusts.map((trust) => kriOf(MeshTrust, trust) ?? '').sort(),
    }
    return { workloadIdentity: issued, certificate, failures: [] }
  } catch (error) {
    return { failures: [noIdentity((error as Error).message, dataplane)] }
  }
}

async function dataplaneIdentity(
  dataplane: Resource<DataplaneSpec>,
  provider: IdentityProvider,
  directory: Directory,
): Promise<ProxyIdentities> {
  const mesh = directory.find({ type: 'Mesh', name: dataplane.mesh ?? '' }) as Resource<MeshSpec> | undefined
  if (!mesh?.spec.mtls?.enabledBackend) return { failures: [] }
  const { identity, failures } = await issue(provider, mesh, dataplane, otherMeshes(mesh, directory))
  if (!identity) return { failures }
  const certificate: CertificateFacts = {
    issuedAt: identity.issuedAt.toISOString(),
    expiresAt: identity.expiresAt.toISOString(),
    issuedBackend: identity.backend,
    supportedBackends: (mesh.spec.mtls.backends ?? []).map(({ name = '' }) => name),
  }
  return { identity, certificate, failures }
}

/** Callers from other meshes, and services there, are met through gateways that say so; otherwise no other mesh is trusted. */
function otherMeshes(own: Resource<MeshSpec>, directory: Directory): Resource<MeshSpec>[] {
  const gateways = directory.ofType('MeshGateway') as Iterable<Resource<MeshGatewaySpec>>
  const crossed = [...gateways].some(({ spec }) => spec.conf?.listeners?.some(({ crossMesh }) => crossMesh))
  const meshes = [...(directory.ofType('Mesh') as Iterable<Resource<MeshSpec>>)]
  return crossed ? meshes.filter((mesh) => mesh.name !== own.name).sort((a, b) => (a.name < b.name ? -1 : 1)) : []
}

async function issue(
  provider: IdentityProvider,
  mesh: Resource<MeshSpec>,
  dataplane: Resource<DataplaneSpec>,
  others: readonly Resource<MeshSpec>[],
): Promise<{ readonly identity?: ProxyIdentity; readonly failures: readonly Issue[] }> {
  try {
    return { identity: await provider.of({ mesh, dataplane, otherMeshes: others }), failures: [] }
  } catch (error) {
    return { failures: [noIdentity((error as Error).message, dataplane)] }
  }
}

function egressAs(name: string, mesh: string): Resource<DataplaneSpec> {
  const inbound = [{ port: 0, tags: { [tag.service]: egressService } }]
  return { type: 'Dataplane', mesh, name: egressKey(name), labels: {}, spec: { networking: { inbound } } }
}

/** What is said where a proxy should have a certificate and has none. */
export function noIdentity(message: string, { type, mesh, name }: ResourceKey): Issue {
  return { level: 'error', code: 'no-identity', path: '', message, resource: mesh === undefined ? { type, name } : { type, mesh, name } }
}
