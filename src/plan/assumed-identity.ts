import type { MeshContext } from '../translate/mesh-context.js'
import type { Fleet, ProxyKey } from '../translate/fleet.js'
import { identityUris } from '../translate/identity-uris.js'
import type { ProxyOptions } from '../translate/translate.js'

/**
 * Stands for a proxy's certificates, which a plan doesn't issue: equal as long as what they are made from is, the names on them and
 * the CA backend, so that a rotation shows.
 */
export function assumedIdentity(
  fleet: Fleet,
  { mesh, name }: ProxyKey,
  meshes: readonly string[],
): Pick<ProxyOptions, 'identity' | 'workloadIdentity'> {
  const trustedCas = new Map(meshes.map((one) => [one, bytes(caOf(fleet.mesh(one)))]))
  const dataplane = mesh === undefined ? undefined : fleet.mesh(mesh)?.dataplanes.find((one) => one.name === name)
  const own = bytes([mesh && caOf(fleet.mesh(mesh)), dataplane && identityUris(mesh ?? '', dataplane)])
  return { identity: { certificateChain: own, privateKey: own, trustedCas }, workloadIdentity: { certificateChain: own, privateKey: own } }
}

/** What the mesh's CA comes from. */
function caOf(context: MeshContext | undefined): unknown {
  const { enabledBackend, backends = [] } = context?.mesh.spec.mtls ?? {}
  const { name, type, conf, dpCert } = backends.find((backend) => backend.name === enabledBackend) ?? {}
  return [name, type, conf, dpCert]
}

const bytes = (content: unknown) => new TextEncoder().encode(JSON.stringify(content))
