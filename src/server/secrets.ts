import type { SecretSpec } from '../core/kinds/secret.js'
import type { Resource, ResourceKey } from '../core/resource.js'
import type { Store } from '../core/store.js'

/** Names of the secrets that a control plane makes for itself, letter by letter as Kuma's. */
export const secretNames = {
  caCertificate: (mesh: string, backend: string) => `${mesh}.ca-builtin-cert-${backend}`,
  caKey: (mesh: string, backend: string) => `${mesh}.ca-builtin-key-${backend}`,
  identityCertificate: (identity: string) => `${identity}-root-ca`,
  identityKey: (identity: string) => `${identity}-private-key`,
  dataplaneTokenKey: (mesh: string) => `dataplane-token-signing-key-${mesh}`,
  dataplaneTokenRevocations: (mesh: string) => `dataplane-token-revocations-${mesh}`,
  userTokenKey: 'user-token-signing-key',
  userTokenRevocations: 'user-token-revocations',
  zoneTokenKey: 'zone-token-signing-key',
  zoneTokenRevocations: 'zone-token-revocations',
  adminUserToken: 'admin-user-token',
} as const

/** Key of a Secret of a mesh, or of a GlobalSecret where there is no mesh. */
export function secretKey(mesh: string | undefined, name: string): ResourceKey {
  return mesh === undefined ? { type: 'GlobalSecret', name } : { type: 'Secret', mesh, name }
}

/** A secret that holds the text. */
export function secretOf(key: ResourceKey, text: string): Resource<SecretSpec> {
  return { ...key, labels: {}, spec: { data: Buffer.from(text).toString('base64') } }
}

/** The bytes in a secret. */
export function secretBytes(secret: Resource): Buffer {
  const { data = '' } = secret.spec as SecretSpec
  return Buffer.from(data, 'base64')
}

/** Reads a secret from where it is stored. Undefined: there is none. */
export async function readSecret(store: Pick<Store, 'get'>, key: ResourceKey): Promise<Buffer | undefined> {
  const stored = await store.get(key)
  return stored && secretBytes(stored.resource)
}
