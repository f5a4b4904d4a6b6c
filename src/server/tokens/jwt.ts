import { type KeyObject, createPublicKey, randomUUID } from 'node:crypto'
import { SignJWT, errors, jwtVerify, type JWTPayload } from 'jose'
import { KumaError } from '../../core/errors.js'
import type { ResourceKey } from '../../core/resource.js'
import type { Store } from '../../core/store.js'
import { readSecret } from '../secrets.js'
import { type KeyRing, type SigningKey, latestSigningKey, verificationKey } from './signing-keys.js'

/** One sort of token: what signs it, and where the revoked ones are listed. */
export interface TokenSort {
  readonly keys: KeyRing
  /** A secret with the ids of revoked tokens, separated by commas. */
  readonly revocations: ResourceKey
  readonly validator?: Validator
}

/** Which keys a token may be signed with. */
export interface Validator {
  /** Whether those in the secrets of the control plane count. Default: true. */
  readonly useSecrets?: boolean
  /** Keys whose private half is elsewhere: tokens are then made offline, by whoever holds that. */
  readonly publicKeys?: readonly PublicKey[]
}

export interface PublicKey {
  /** `kid` in the header of the tokens. */
  readonly kid: string
  /** Of dataplane tokens: the mesh that it counts for. */
  readonly mesh?: string
  /** RSA, PEM. */
  readonly key: string
}

/** Clocks of machines differ: a token counts from a little before it was made. */
const clockSkewSeconds = 5

/**
 * Signs claims with the ring's latest key.
 * @throws KumaError `no-signing-key`
 */
export async function sign(
  store: Pick<Store, 'list'>,
  { keys }: TokenSort,
  claims: object,
  { now, validForMs }: { readonly now: Date; readonly validForMs: number },
): Promise<string> {
  return signWith(await latestSigningKey(store, keys), claims, { now, validForMs })
}

/** Signs claims with a key, in whoever's hands it is. */
export async function signWith(
  { serial, key }: SigningKey,
  claims: object,
  { now, validForMs }: { readonly now: Date; readonly validForMs: number },
): Promise<string> {
  const seconds = Math.floor(now.getTime() / 1000)
  return new SignJWT(claims as JWTPayload)
    .setProtectedHeader({ alg: 'RS256', kid: serial, typ: 'JWT' })
    .setJti(randomUUID())
    .setIssuedAt(seconds - clockSkewSeconds)
    .setNotBefore(seconds - clockSkewSeconds)
    .setExpirationTime(seconds + Math.floor(validForMs / 1000))
    .sign(key)
}

/**
 * The claims of a token that is signed by one of the ring's keys, in force and not revoked.
 * @throws KumaError `bad-token` or `no-signing-key`
 */
export async function verify(store: Pick<Store, 'get'>, sort: TokenSort, token: string, now: Date): Promise<JWTPayload> {
  const { revocations } = sort
  const payload = await checked(store, sort, token, now)
  const revoked = (await readSecret(store, revocations))?.toString() ?? ''
  const ids = revoked.split(',').map((id) => id.trim())
  if (payload.jti !== undefined && ids.includes(payload.jti)) throw new KumaError('bad-token', 'token is revoked')
  return payload
}

async function checked(store: Pick<Store, 'get'>, sort: TokenSort, token: string, now: Date): Promise<JWTPayload> {
  try {
    const verified = await jwtVerify(
      token,
      ({ kid }) => {
        if (typeof kid !== 'string') throw new KumaError('bad-token', 'JWT token must have kid header')
        return keyOfToken(store, sort, kid)
      },
      { algorithms: ['RS256'], currentDate: now, requiredClaims: ['exp'] },
    )
    return verified.payload
  } catch (error) {
    if (error instanceof KumaError) throw error
    throw new KumaError('bad-token', reason(error), { cause: error })
  }
}

function keyOfToken(store: Pick<Store, 'get'>, { keys, validator = {} }: TokenSort, kid: string): KeyObject | Promise<KeyObject> {
  const { useSecrets = true, publicKeys = [] } = validator
  const given = publicKeys.find((key) => key.kid === kid && (key.mesh ?? '') === (keys.mesh ?? ''))
  if (given) return createPublicKey(given.key)
  if (useSecrets) return verificationKey(store, keys, kid)
  throw new KumaError('no-signing-key', `there is no signing key with KID ${kid}`)
}

function reason(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'could not parse token: token is expired'
  if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf') {
    const advice = 'Check if the system clock on the instance that issued the token is set correctly'
    return `token is not yet valid: 'valid_from' date is in the future. ${advice}`
  }
  return `could not parse token: ${(error as Error).message}`
}
