import { MeshIdentity, type MeshIdentitySpec } from '../kinds/mesh-identity.js'
import type { MeshTrustSpec } from '../kinds/mesh-trust.js'
import type { MeshSpec } from '../kinds/mesh.js'
import { kriOf } from '../kri.js'
import type { Resource, keyOf } from '../resource.js'
import { trustDomainOf } from '../workload-identity.js'

type Identity = Resource<MeshIdentitySpec>

export interface IdentityOptions {
  readonly zone: string
  readonly meshes: readonly Resource<MeshSpec>[]
  /** What is stored under a key. */
  find(key: Parameters<typeof keyOf>[0]): Resource | undefined
  /** What became of the CA behind a bundled identity; undefined while there is none. */
  authorityOf?(identity: Identity): IdentityAuthority | undefined
}

/** A CA by its certificate (PEM), or why it can't be used. */
export type IdentityAuthority =
  | { readonly certificate: string; readonly fault?: undefined }
  | { readonly fault: { readonly reason: 'ProviderInitializationError' | 'ProviderValidationError'; readonly message: string } }

interface Condition {
  readonly type: string
  readonly status: 'True' | 'False'
  readonly reason: string
  readonly message: string
}

/** Whether it takes a CA to tell how a MeshIdentity is. */
export function needsAuthority({ spec: { provider } }: Identity, mesh: Resource<MeshSpec> | undefined): boolean {
  const { autogenerate, insecureAllowSelfSigned } = provider?.bundled ?? {}
  if (mesh?.spec.meshServices?.mode !== 'Exclusive' || provider?.type !== 'Bundled') return false
  return !autogenerate?.enabled || insecureAllowSelfSigned === true
}

/** A MeshIdentity with its conditions, and the MeshTrust that comes of it. One whose CA isn't there yet stays as it is. */
export function initialised(identity: Identity, options: IdentityOptions): readonly Resource[] {
  const { provider } = identity.spec
  const mesh = options.meshes.find(({ name }) => name === identity.mesh)
  if (mesh?.spec.meshServices?.mode !== 'Exclusive') return [withConditions(identity, [withoutServices])]
  if (!provider) return [withConditions(identity, [onlyNames])]
  if (provider.type === 'Extension') return [withConditions(identity, [notUsable(noExtension(provider.extension?.name ?? ''))])]
  if (provider.type === 'Spire') return [withConditions(identity, [working])]
  const { autogenerate, insecureAllowSelfSigned } = provider.bundled ?? {}
  if (autogenerate?.enabled && !insecureAllowSelfSigned) return [withConditions(identity, [notUsable(selfSigned)])]
  const authority = options.authorityOf?.(identity)
  if (!authority) return [identity]
  if (authority.fault) return [withConditions(identity, [notUsable(authority.fault)])]
  const { certificate } = authority
  if (provider.bundled?.meshTrustCreation === 'Disabled') return [withConditions(identity, [working])]
  const domain = trustDomainOf(identity, identity, options.zone)
  if (!domain.ok) return [withConditions(identity, [working, untrusted(domain.message)])]
  return [withConditions(identity, [working, trusted]), trustOf(identity, domain.text, certificate, options)]
}

function trustOf(identity: Identity, trustDomain: string, certificate: string, { find }: IdentityOptions): Resource {
  const key = { type: 'MeshTrust', mesh: identity.mesh, name: identity.name }
  const status = { origin: { kri: kriOf(MeshIdentity, identity) } }
  const bundle = { type: 'Pem' as const, pem: { value: certificate } }
  const known = find(key) as Resource<MeshTrustSpec> | undefined
  if (!known) return { ...key, labels: {}, spec: { trustDomain, caBundles: [bundle] }, status }
  const { caBundles } = known.spec
  const added = caBundles.some(({ pem }) => pem?.value.trim() === certificate.trim()) ? [] : [bundle]
  return { ...known, spec: { ...known.spec, caBundles: [...caBundles, ...added] }, status }
}

function withConditions(identity: Identity, steps: readonly Condition[]): Identity {
  const failed = steps.some(({ status }) => status === 'False')
  const ready: Condition = steps.includes(onlyNames)
    ? { type: 'Ready', status: 'False', reason: 'PartiallyReady', message: 'Running in SpiffeID providing only mode.' }
    : failed
      ? { type: 'Ready', status: 'False', reason: 'Failure', message: 'One of initialization steps failed' }
      : { type: 'Ready', status: 'True', reason: 'Ready', message: 'Successfully initialized' }
  return { ...identity, status: { conditions: [...steps, ready] } }
}

const withoutServices: Condition = {
  type: 'DependenciesReady',
  status: 'False',
  reason: 'MeshServicesDisabled',
  message: 'MeshIdentity requires MeshServices to be enabled on the mesh. To enable, set `spec.meshServices.mode: Exclusive` on the mesh.',
}

const onlyNames: Condition = {
  type: 'SpiffeIDProvider',
  status: 'True',
  reason: 'SpiffeIDProvided',
  message: 'Providing only SpiffeIDs for services.',
}

const noExtension = (name: string) => ({
  reason: 'ProviderInitializationError',
  message: `unknown extension "${name}", registered: []`,
})

/** Of a CA that signed itself, unless the identity says that this is all right. */
export const selfSigned = { reason: 'ProviderValidationError', message: 'self-signed certificates are not allowed' } as const

const notUsable = ({ reason, message }: { reason: string; message: string }): Condition => ({
  type: 'Provider',
  status: 'False',
  reason,
  message,
})

const working: Condition = {
  type: 'Provider',
  status: 'True',
  reason: 'ProviderInitialized',
  message: 'Provider successfully initialized',
}

const trusted: Condition = {
  type: 'MeshTrustCreated',
  status: 'True',
  reason: 'MeshTrustCreated',
  message: 'MeshTrust has been successfully created',
}

const untrusted = (message: string): Condition => ({ type: 'MeshTrustCreated', status: 'False', reason: 'MeshTrustCreationError', message })
