import type { MeshIdentitySpec } from '../../core/kinds/mesh-identity.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import type { Write } from '../../core/store.js'
import { type IdentityAuthority, needsAuthority } from '../../core/upkeep/identities.js'
import { establishAuthority } from '../ca/bundled.js'
import type { DataSourceAccess } from '../data-source.js'

/** The CAs of MeshIdentities. */
export interface Authorities {
  authorityOf(identity: Resource<MeshIdentitySpec>): IdentityAuthority | undefined
  /** They make those that were missing, and belong before the writes that say that they are there. */
  readonly writes: readonly Write[]
}

/** Looks after the CA of each bundled MeshIdentity among the resources. */
export async function establishAuthorities(
  access: DataSourceAccess,
  resources: readonly Resource[],
  zone: string,
  now: Date,
): Promise<Authorities> {
  const meshes = new Map(resources.flatMap((one) => (one.type === 'Mesh' ? [[one.name, one as Resource<MeshSpec>] as const] : [])))
  const identities = resources
    .filter((one): one is Resource<MeshIdentitySpec> => one.type === 'MeshIdentity')
    .filter((identity) => needsAuthority(identity, meshes.get(identity.mesh ?? '')))
  const found = new Map<Resource, IdentityAuthority>()
  const writes: Write[] = []
  for (const identity of identities) {
    const established = await establishAuthority(access, identity, zone, now)
    found.set(identity, established.authority)
    writes.push(...established.writes)
  }
  // One that has changed meanwhile is another: its turn comes.
  return { authorityOf: (identity) => found.get(identity), writes }
}
