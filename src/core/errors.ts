/** A promise that this library or its caller broke (never bad user input: that is an {@link Issue}). */
export class KumaError extends Error {
  override readonly name = 'KumaError'

  constructor(
    /** Stable, lowercase-dashed: programs may branch on it. ARCHITECTURE.md lists all of them. */
    readonly code: KumaErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

/** Every code that a {@link KumaError} can carry. */
export const kumaErrorCodes = {
  conflict: 'a write named a version that is no longer the stored one, or said "absent" of a resource that exists',
  'not-found': 'the resource that was to be changed, deleted or explained is not there',
  'no-owner': 'the mesh, proxy or zone that a resource to be written belongs to is not there',
  closed: 'the store, server or stream was used after it was closed',
  'not-leader': 'another control plane has become the leader since',
  'store-locked': 'another process holds the store',
  'store-corrupt': 'the stored data can not be read',
  'store-newer': 'the stored data were written by a newer version of this library',
  'store-older': 'the stored data have an older shape and are to be migrated first',
  'store-failed': 'the disk or database under the store refused to read or write',
  'unknown-kind': 'a resource of a type that is not registered was handed in',
  'unknown-proxy': 'a translation was asked for a dataplane that the fleet does not have',
  'unknown-mesh': 'a translation was asked in a mesh that the fleet does not have',
  'no-ca': 'the CA that issues certificates for a mesh is not there or can not be read',
  'bad-token': 'a token that is not valid, not meant for this, expired or revoked',
  'no-signing-key': 'there is no key to sign or check a token with',
  'invalid-message': 'bytes that are not the message that their type URL names, or a type URL that is not known',
  'not-settled': 'proxies do not run a change yet although the time to wait for them is up',
  'invalid-option': 'an option given to a function or a program is out of range',
} as const

export type KumaErrorCode = keyof typeof kumaErrorCodes
