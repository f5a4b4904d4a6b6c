import type { DataplaneSpec } from '../core/kinds/dataplane.js'
import type { MeshGatewaySpec } from '../core/kinds/mesh-gateway.js'
import type { MeshSpec } from '../core/kinds/mesh.js'
import type { Resource, ResourceKey } from '../core/resource.js'
import type { ProxyKey } from '../translate/fleet.js'
import type { IdentityMaterial } from '../translate/secrets.js'
import { tag } from '../translate/tags.js'
import type { IdentityProvider, ProxyIdentity } from './identity/provider.js'
import type { CertificateFacts } from './insight.js'
import type { LiveFleet } from './live-fleet.js'

/** What a proxy proves itself with, in the form that translating it takes. */
export interface ProxyIdentities {
  readonly identity?: IdentityMaterial
  /** Of a zone egress, by mesh. */
  readonly identities?: ReadonlyMap<string, IdentityMaterial>
  /** For the insight of a data plane proxy. */
  readonly certificate?: CertificateFacts
  /** Why there is none where there should be one. */
  readonly failures: readonly string[]
}

type Directory = Pick<LiveFleet, 'find' | 'ofType'>

/** The service that a zone egress is in each mesh. Source: Kuma's ZoneEgressServiceName. */
const egressService = 'zone-egress'

/** Names of Dataplanes have no slash. */
const egressKey = (name: string) => `/${name}`

/** The certificates of a proxy: one, or one a mesh. */
export async function identitiesOf(proxy: Resource, provider: IdentityProvider, directory: Directory): Promise<ProxyIdentities> {
  if (proxy.type === 'Dataplane') return dataplaneIdentity(proxy as Resource<DataplaneSpec>, provider, directory)
  if (proxy.type !== 'ZoneEgress') return { failures: [] }
  const meshes = [...(directory.ofType('Mesh') as Iterable<Resource<MeshSpec>>)]
  const issued = await Promise.all(
    meshes.map(async (mesh) => [mesh.name, await issue(provider, mesh, egressAs(proxy.name, mesh.name), [])] as const),
  )
  const identities = new Map(issued.flatMap(([mesh, { identity }]) => (identity ? [[mesh, identity] as const] : [])))
  return { identities, failures: issued.flatMap(([, { failures }]) => failures) }
}

/** Lets go of what was kept for a proxy that is no longer connected. */
export function forgetIdentities({ type, mesh, name }: ResourceKey, provider: IdentityProvider, directory: Directory): void {
  if (type === 'Dataplane') provider.forget({ mesh, name })
  else if (type === 'ZoneEgress')
    for (const { name: inMesh } of directory.ofType('Mesh')) provider.forget({ mesh: inMesh, name: egressKey(name) })
}

/** The proxy that an {@link IdentityProvider} speaks of. */
export function proxyOfIdentity({ mesh, name }: ProxyKey): ProxyKey {
  return name.startsWith('/') ? { type: 'ZoneEgress', name: name.slice(1) } : { mesh, name }
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
): Promise<{ readonly identity?: ProxyIdentity; readonly failures: readonly string[] }> {
  try {
    return { identity: await provider.of({ mesh, dataplane, otherMeshes: others }), failures: [] }
  } catch (error) {
    return { failures: [(error as Error).message] }
  }
}

function egressAs(name: string, mesh: string): Resource<DataplaneSpec> {
  const inbound = [{ port: 0, tags: { [tag.service]: egressService } }]
  return { type: 'Dataplane', mesh, name: egressKey(name), labels: {}, spec: { networking: { inbound } } }
}
