import { KumaError } from '../../core/errors.js'
import { parseExpiration } from '../../core/kinds/mesh-validate.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import type { DataSourceAccess } from '../data-source.js'
import { enabledCaBackend, loadCa } from '../ca/load.js'
import { workloadCertificate } from '../workload-certificate.js'
import type { CaRotations, RotationStage } from './ca-rotation.js'
import type { Issued } from './keeper.js'
import { identityUris } from '../../translate/identity-uris.js'
import type { IdentityRequest, ProxyIdentity } from './provider.js'

/** Lifetime of certificates whose backend names none. Source: Kuma's CA plugins. */
const oneDay = 24 * 3_600_000

export interface IssueOptions {
  readonly access: DataSourceAccess
  readonly rotations: CaRotations
}

/**
 * Makes a proxy's identity; keeps the certificate it had where it is still what would be made now.
 * @throws KumaError `no-ca`
 */
export async function issueIdentity(
  { access, rotations }: IssueOptions,
  { mesh, dataplane, otherMeshes = [] }: IdentityRequest,
  now: Date,
  before: Issued<ProxyIdentity> | undefined,
): Promise<Issued<ProxyIdentity>> {
  const backend = enabledCaBackend(mesh)
  if (!backend) throw new KumaError('no-ca', `mesh "${mesh.name}" has no enabled CA backend`)
  const uris = identityUris(mesh.name, dataplane)
  if (uris.length === 0) {
    throw new KumaError(
      'no-ca',
      `Dataplane "${dataplane.name}" has neither a kuma.io/service tag nor a kuma.io/workload label to be known by`,
    )
  }
  const loaded = await loadCa(access, mesh.name, backend)
  const stage = await rotations.stageOf(mesh.name, { ...loaded, backend: backend.name ?? '' }, now)
  const { signer } = stage
  const lifetimeMs = parseExpiration(backend.dpCert?.rotation?.expiration ?? '') || oneDay
  const basis = JSON.stringify([uris, lifetimeMs, signer.certificate])
  const kept = before?.basis === basis && !before.spent ? before.identity : undefined
  const certificate = kept ?? newCertificate({ ca: signer, uris, now, lifetimeMs }, `backend "${signer.backend}" of mesh "${mesh.name}"`)
  const others = await otherStages({ access, rotations }, otherMeshes, now)
  const stages = new Map([[mesh.name, stage], ...others])
  const trustedCas = new Map([...stages].map(([name, { trusted }]) => [name, encoded(trusted.join('\n'))]))
  const changes = [...stages.values()].flatMap(({ until }) => (until === undefined ? [] : [until]))
  const lookAgainAt = changes.length > 0 ? Math.min(...changes) : undefined
  const generation = kept?.generation ?? (before?.identity.generation ?? 0) + 1
  return { identity: { ...certificate, trustedCas, backend: signer.backend, generation }, uris, basis, spent: false, lookAgainAt }
}

export function newCertificate(options: Parameters<typeof workloadCertificate>[0], issuer: string) {
  try {
    const { certificate, privateKey, expiresAt } = workloadCertificate(options)
    return { certificateChain: encoded(certificate), privateKey: encoded(privateKey), issuedAt: options.now, expiresAt }
  } catch (cause) {
    throw new KumaError('no-ca', `the CA of ${issuer} can't sign: ${(cause as Error).message}`, { cause })
  }
}

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Another mesh whose CA can't be read is left out: it must not keep this mesh from working. */
async function otherStages(
  { access, rotations }: IssueOptions,
  meshes: readonly Resource<MeshSpec>[],
  now: Date,
): Promise<(readonly [string, RotationStage])[]> {
  const found = await Promise.all(
    meshes.map(async (mesh) => {
      const backend = enabledCaBackend(mesh)
      const ca = backend && (await loadCa(access, mesh.name, backend).catch(() => undefined))
      return ca ? [[mesh.name, await rotations.stageOf(mesh.name, { ...ca, backend: backend?.name ?? '' }, now)] as const] : []
    }),
  )
  return found.flat()
}
