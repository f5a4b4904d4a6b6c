import type { Secret } from '../gen/envoy/extensions/transport_sockets/tls/v3/secret.js'
import type { MeshTls } from './envoy/tls.js'
import { names } from './names.js'
import type { WorkloadIdentity } from './workload-identity.js'

/** A proxy's certificate and what it trusts: data, made elsewhere. All of it PEM text in bytes. */
export interface IdentityMaterial {
  readonly certificateChain: Uint8Array
  readonly privateKey: Uint8Array
  /** Certificates of the CAs of each mesh that the proxy may speak with, by mesh. */
  readonly trustedCas: ReadonlyMap<string, Uint8Array>
}

/** Keeps count of the secrets that the resources of one proxy refer to: only those are sent. */
export interface SecretTracker {
  /**
   * Names of the identity and of the CA of a mesh; both count as used from now on. Where the mesh has trust domains, they take
   * the place of its CA.
   */
  meshTls(mesh: string): MeshTls
  /** The same towards who is known by a mesh's CA whatever trust domains there are: zone egresses, gateways of other meshes. */
  meshCaTls(mesh: string): MeshTls
  /** The same with the CAs of all meshes as one. */
  allMeshesTls(): MeshTls
  /** Names of a workload's own identity and of the trust domains. */
  workloadTls(identity: WorkloadIdentity): MeshTls
  used(): UsedSecrets
}

export interface UsedSecrets {
  /** The identity in the mesh. */
  readonly identity: string | undefined
  readonly cas: ReadonlyMap<string, string>
  readonly allCas: string | undefined
  /** The identity of the workload's own. */
  readonly workload: WorkloadIdentity | undefined
  readonly trustBundle: boolean
}

/** @param trustDomains whether the mesh has any */
export function createSecretTracker(ownMesh: string, unifiedNaming: boolean, trustDomains = false): SecretTracker {
  let identity: string | undefined
  let allCas: string | undefined
  let workload: WorkloadIdentity | undefined
  let trustBundle = false
  const cas = new Map<string, string>()
  const useIdentity = () => {
    identity = unifiedNaming ? names.unifiedIdentitySecret(ownMesh) : names.identitySecret(ownMesh)
    return identity
  }
  const withTrustDomains = (): MeshTls => {
    trustBundle = true
    return { identitySecret: useIdentity(), caSecret: names.trustBundleSecret, trustedByDomain: true }
  }
  const withCa = (mesh: string): MeshTls => {
    const caSecret = unifiedNaming ? names.unifiedCaSecret(mesh) : names.caSecret(mesh)
    cas.set(mesh, caSecret)
    return { identitySecret: useIdentity(), caSecret }
  }
  return {
    allMeshesTls() {
      if (trustDomains) return withTrustDomains()
      allCas = unifiedNaming ? names.unifiedCaSecret('all_meshes') : names.caSecret('all')
      return { identitySecret: useIdentity(), caSecret: allCas }
    },
    meshTls: (mesh) => (trustDomains && mesh === ownMesh ? withTrustDomains() : withCa(mesh)),
    meshCaTls: withCa,
    workloadTls(own) {
      workload = own
      if (own.spire) return { identitySecret: own.secret, caSecret: names.spireCaSecret, sdsCluster: names.spireAgent }
      trustBundle = true
      return { identitySecret: own.secret, caSecret: names.trustBundleSecret }
    },
    used: () => ({ identity, cas, allCas, workload, trustBundle }),
  }
}

const inline = (bytes: Uint8Array) => ({ specifier: { $case: 'inlineBytes' as const, inlineBytes: bytes } })

export function identitySecret(name: string, material: Pick<IdentityMaterial, 'certificateChain' | 'privateKey'>): Secret {
  return {
    name,
    type: {
      $case: 'tlsCertificate',
      tlsCertificate: { certificateChain: inline(material.certificateChain), privateKey: inline(material.privateKey) },
    },
  }
}

export function caSecret(name: string, pem: Uint8Array): Secret {
  return { name, type: { $case: 'validationContext', validationContext: { trustedCa: inline(pem) } } }
}

/** The CAs of every mesh in one text, for who takes callers from any of them. */
export function joinedCas({ trustedCas }: IdentityMaterial): Uint8Array {
  const pems = [...trustedCas].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, pem]) => pem)
  return Uint8Array.from(pems.flatMap((pem) => [...pem, newline]))
}

const newline = 10
