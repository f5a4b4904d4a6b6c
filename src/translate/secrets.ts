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
  used(): { readonly identity: string | undefined; readonly cas: ReadonlyMap<string, string> }
}

export function createSecretTracker(ownMesh: string, unifiedNaming: boolean): SecretTracker {
  let identity: string | undefined
  const cas = new Map<string, string>()
  return {
    meshTls(mesh) {
      identity = unifiedNaming ? names.unifiedIdentitySecret(ownMesh) : names.identitySecret(ownMesh)
      const caSecret = unifiedNaming ? names.unifiedCaSecret(mesh) : names.caSecret(mesh)
      cas.set(mesh, caSecret)
      return { identitySecret: identity, caSecret }
    },
    used: () => ({ identity, cas }),
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
