import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { KumaError } from '../../core/errors.js'
import type { SecretSpec } from '../../core/kinds/secret.js'
import type { Resource, ResourceKey } from '../../core/resource.js'
import type { Store } from '../../core/store.js'
import { secretBytes, secretKey, secretOf } from '../secrets.js'

/**
 * Where the keys of one sort of token are: secrets named `<prefix>-<serial>`. New tokens are signed with the highest
 * serial; all that are there verify, so that keys can be replaced without refusing tokens at once.
 */
export interface KeyRing {
  /** Undefined: global secrets. */
  readonly mesh?: string
  readonly prefix: string
}

/** A key that tokens are signed with; `serial` is what tokens call it (`kid`). */
export interface SigningKey {
  readonly serial: string
  readonly key: KeyObject
}

const firstSerial = '1'

/** Key of the secret that holds the key of a serial. Serial 0 is the prefix alone: oldest Kumas had but one key. */
export function signingKeySecret({ mesh, prefix }: KeyRing, serial: string): ResourceKey {
  return secretKey(mesh, serial === '0' ? prefix : `${prefix}-${serial}`)
}

/** A new RSA key of 2048 bits, PEM. */
export async function newSigningKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 })
  return privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
}

/** A new key as the secret of a ring's serial. */
export async function makeSigningKey(ring: KeyRing, serial = firstSerial): Promise<Resource<SecretSpec>> {
  return secretOf(signingKeySecret(ring, serial), await newSigningKey())
}

export async function hasSigningKey(store: Pick<Store, 'list'>, ring: KeyRing): Promise<boolean> {
  return (await serialsOf(store, ring)).size > 0
}

/** Makes the first key of a ring, unless it has one. Safe to do in several control planes at once. */
export async function ensureSigningKey(store: Pick<Store, 'list' | 'write'>, ring: KeyRing): Promise<void> {
  if (await hasSigningKey(store, ring)) return
  const resource = await makeSigningKey(ring)
  await store.write([{ op: 'put', resource, expect: 'absent' }]).catch((error: unknown) => {
    if (!(error instanceof KumaError && error.code === 'conflict')) throw error
  })
}

/**
 * The key that new tokens are signed with.
 * @throws KumaError `no-signing-key`
 */
export async function latestSigningKey(store: Pick<Store, 'list'>, ring: KeyRing): Promise<SigningKey> {
  const keys = await serialsOf(store, ring)
  const [latest] = [...keys].sort(([a], [b]) => Number(b) - Number(a))
  if (!latest) throw noKey(ring, firstSerial)
  const [serial, secret] = latest
  return { serial, key: privateKey(ring, serial, secret) }
}

/**
 * The public half of a serial's key.
 * @throws KumaError `no-signing-key`
 */
export async function verificationKey(store: Pick<Store, 'get'>, ring: KeyRing, serial: string): Promise<KeyObject> {
  const stored = /^\d+$/.test(serial) ? await store.get(signingKeySecret(ring, serial)) : undefined
  if (!stored) throw noKey(ring, serial)
  return createPublicKey(privateKey(ring, serial, stored.resource))
}

/** By serial as the secret's name spells it: `0002` is not `2`. */
async function serialsOf(store: Pick<Store, 'list'>, { mesh, prefix }: KeyRing): Promise<ReadonlyMap<string, Resource>> {
  const { items } = await store.list(mesh === undefined ? { type: 'GlobalSecret' } : { type: 'Secret', mesh })
  const found = items.flatMap(({ resource }) => {
    if (resource.name === prefix) return [['0', resource] as const]
    const serial = resource.name.startsWith(`${prefix}-`) ? resource.name.slice(prefix.length + 1) : ''
    return /^\d+$/.test(serial) ? [[serial, resource] as const] : []
  })
  return new Map(found)
}

/** Keys are PEM; the oldest are bare PKCS #1. */
function privateKey(ring: KeyRing, serial: string, secret: Resource): KeyObject {
  const bytes = secretBytes(secret)
  try {
    return bytes.includes('-----BEGIN') ? createPrivateKey(bytes) : createPrivateKey({ key: bytes, format: 'der', type: 'pkcs1' })
  } catch (cause) {
    throw new KumaError('no-signing-key', `the secret "${signingKeySecret(ring, serial).name}" holds no RSA key`, { cause })
  }
}

function noKey(ring: KeyRing, serial: string): KumaError {
  const { type, name } = signingKeySecret(ring, serial)
  const place = ring.mesh === undefined ? `${type} of name "${name}"` : `${type} of name "${name}" in mesh "${ring.mesh}"`
  const message = `there is no signing key with KID ${serial}. ${place} is not found. If signing key was rotated, regenerate the token`
  return new KumaError('no-signing-key', message)
}
