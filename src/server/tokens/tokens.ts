import type { JWTPayload } from 'jose'
import { KumaError } from '../../core/errors.js'
import type { Store } from '../../core/store.js'
import { secretKey, secretNames } from '../secrets.js'
import { type TokenSort, type Validator, sign, verify } from './jwt.js'
import { type KeyRing, ensureSigningKey } from './signing-keys.js'

export type { Validator } from './jwt.js'

/** Which proxy a token is for: what it leaves open, any proxy of the mesh may have. */
export interface DataplaneIdentity {
  readonly mesh: string
  readonly name: string
  /** Values that a proxy's tags may have. It needs each of these tags. */
  readonly tags: Readonly<Record<string, readonly string[]>>
  readonly type: string
  readonly workload: string
}

export interface UserIdentity {
  readonly name: string
  readonly groups: readonly string[]
}

export interface ZoneIdentity {
  readonly zone: string
  /** `ingress`, `egress`. */
  readonly scope: readonly string[]
}

/** Issues and checks the tokens of one control plane (or of several over one store). */
export interface Tokens {
  /** @throws KumaError `no-signing-key` */
  issueDataplane(identity: DataplaneIdentity, validForMs: number): Promise<string>
  /** @throws KumaError `no-signing-key` */
  issueUser(identity: UserIdentity, validForMs: number): Promise<string>
  /** @throws KumaError `no-signing-key` */
  issueZone(identity: ZoneIdentity, validForMs: number): Promise<string>
  /** @throws KumaError `bad-token`, `no-signing-key` */
  verifyDataplane(token: string, mesh: string): Promise<DataplaneIdentity>
  /** @throws KumaError `bad-token`, `no-signing-key` */
  verifyUser(token: string): Promise<UserIdentity>
  /** @throws KumaError `bad-token`, `no-signing-key` */
  verifyZone(token: string): Promise<ZoneIdentity>
  /** Makes the keys that no mesh owns, where they are missing: those of users and zones. */
  ensureGlobalKeys(): Promise<void>
}

export function dataplaneKeys(mesh: string): KeyRing {
  return { mesh, prefix: secretNames.dataplaneTokenKey(mesh) }
}

const dataplaneTokens = (mesh: string, validator?: Validator): TokenSort => ({
  validator,
  keys: dataplaneKeys(mesh),
  revocations: secretKey(mesh, secretNames.dataplaneTokenRevocations(mesh)),
})
const globalTokens = (prefix: string, revocations: string, validator?: Validator): TokenSort => ({
  validator,
  keys: { prefix },
  revocations: secretKey(undefined, revocations),
})

export interface TokensOptions {
  readonly store: Pick<Store, 'get' | 'list' | 'write'>
  readonly clock?: () => Date
  /** Keys besides those in secrets, or in their place. Default of each: those in secrets alone. */
  readonly validators?: { readonly dataplane?: Validator; readonly user?: Validator; readonly zone?: Validator }
}

/** What tokens say, in Kuma's words. */
export const claimsOf = {
  dataplane: ({ mesh, name, tags, type, workload }: DataplaneIdentity) => ({
    Name: name,
    Mesh: mesh,
    Tags: tags,
    Type: type,
    Workload: workload,
  }),
  user: ({ name, groups }: UserIdentity) => ({ Name: name, Groups: groups }),
  zone: ({ zone, scope }: ZoneIdentity) => ({ Zone: zone, Scope: scope }),
}

export function createTokens({ store, clock = () => new Date(), validators = {} }: TokensOptions): Tokens {
  const userTokens = globalTokens(secretNames.userTokenKey, secretNames.userTokenRevocations, validators.user)
  const zoneTokens = globalTokens(secretNames.zoneTokenKey, secretNames.zoneTokenRevocations, validators.zone)
  const issue = (sort: TokenSort, claims: object, validForMs: number) => sign(store, sort, claims, { now: clock(), validForMs })
  return {
    issueDataplane: (identity, validForMs) => issue(dataplaneTokens(identity.mesh), claimsOf.dataplane(identity), validForMs),
    issueUser: (identity, validForMs) => issue(userTokens, claimsOf.user(identity), validForMs),
    issueZone: (identity, validForMs) => issue(zoneTokens, claimsOf.zone(identity), validForMs),
    async verifyDataplane(token, mesh) {
      const claims = await verify(store, dataplaneTokens(mesh, validators.dataplane), token, clock())
      return {
        mesh: text(claims, 'Mesh'),
        name: text(claims, 'Name'),
        tags: tagsOf(claims),
        type: text(claims, 'Type'),
        workload: text(claims, 'Workload'),
      }
    },
    async verifyUser(token) {
      const claims = await verify(store, userTokens, token, clock())
      return { name: text(claims, 'Name'), groups: texts(claims['Groups'], 'Groups') }
    },
    async verifyZone(token) {
      const claims = await verify(store, zoneTokens, token, clock())
      return { zone: text(claims, 'Zone'), scope: texts(claims['Scope'], 'Scope') }
    },
    async ensureGlobalKeys() {
      await Promise.all([ensureSigningKey(store, userTokens.keys), ensureSigningKey(store, zoneTokens.keys)])
    },
  }
}

/** A claim of another type is not taken for one that is missing: that would make the token good for more. */
function text(claims: JWTPayload, name: string): string {
  const value = claims[name] ?? ''
  if (typeof value !== 'string') throw new KumaError('bad-token', `the token's ${name} is no text`)
  return value
}

function texts(value: unknown, name: string): string[] {
  const list = value ?? []
  if (!Array.isArray(list) || list.some((item) => typeof item !== 'string')) {
    throw new KumaError('bad-token', `the token's ${name} is no list of texts`)
  }
  return list
}

function tagsOf(claims: JWTPayload): Record<string, string[]> {
  const tags = claims['Tags'] ?? {}
  if (typeof tags !== 'object' || Array.isArray(tags)) throw new KumaError('bad-token', "the token's Tags are no object")
  return Object.fromEntries(Object.entries(tags).map(([name, values]) => [name, texts(values, `Tags["${name}"]`)]))
}
