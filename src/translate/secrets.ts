import type { Secret } from '../gen/envoy/extensions/transport_sockets/tls/v3/secret.js'
import type { MeshTls } from './envoy/tls.js'
import { names } from './names.js'

/** A proxy's certificate and what it trusts: data, made elsewhere. All of it PEM text in bytes. */
export interface IdentityMaterial {
  readonly certificateChain: Uint8Array
  readonly privateKey: Uint8Array
  /** Certificates of the CAs of each mesh that the proxy may speak with, by mesh. */
  readonly trustedCas: ReadonlyMap<string, Uint8Array>
}

/** Keeps count of the secrets that the resources of one proxy refer to: only those are sent. */
export interface SecretTracker {
  /** Names of the identity and of the CA of a mesh; both count as used from now on. */
  meshTls(mesh: string): MeshTls
  /** The same with the CAs of all meshes as one. */
  allMeshesTls(): MeshTls
  used(): { readonly identity: string | undefined; readonly cas: ReadonlyMap<string, string>; readonly allCas: string | undefined }
}

export function createSecretTracker(ownMesh: string, unifiedNaming: boolean): SecretTracker {
  let identity: string | undefined
  let allCas: string | undefined
  const cas = new Map<string, string>()
  const useIdentity = () => {
    identity = unifiedNaming ? names.unifiedIdentitySecret(ownMesh) : names.identitySecret(ownMesh)
    return identity
  }
  return {
    allMeshesTls() {
      allCas = unifiedNaming ? names.unifiedCaSecret('all_meshes') : names.caSecret('all')
      return { identitySecret: useIdentity(), caSecret: allCas }
    },
    meshTls(mesh) {
      const caSecret = unifiedNaming ? names.unifiedCaSecret(mesh) : names.caSecret(mesh)
      cas.set(mesh, caSecret)
      return { identitySecret: useIdentity(), caSecret }
    },
    used: () => ({ identity, cas, allCas }),
  }
}

const inline = (bytes: Uint8Array) => ({ specifier: { $case: 'inlineBytes' as const, inlineBytes: bytes } })

export function identitySecret(name: string, material: IdentityMaterial): Secret {
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
