import { nanosOf } from '../../core/duration.js'
import { KumaError } from '../../core/errors.js'
import { MeshIdentity, type MeshIdentitySpec } from '../../core/kinds/mesh-identity.js'
import type { MeshTrustSpec } from '../../core/kinds/mesh-trust.js'
import { kriOf } from '../../core/kri.js'
import type { Resource } from '../../core/resource.js'
import type { Store } from '../../core/store.js'
import { spiffeIdOf, trustDomainOf } from '../../core/workload-identity.js'
import type { IdentityMaterial } from '../../translate/secrets.js'
import { loadBundledCa, secretsOfIdentity } from '../ca/bundled.js'
import type { DataSourceAccess } from '../data-source.js'
import type { OutsideData } from '../outside-data.js'
import { newCertificate } from './issue.js'
import { type CertificateKeeper, type Issued, type Lifetime, createCertificateKeeper, secretText } from './keeper.js'

export interface WorkloadIdentityRequest {
  /** The bundled MeshIdentity that the proxy has. */
  readonly identity: Resource<MeshIdentitySpec>
  readonly dataplane: Resource
}

/** Certificate and key with a SPIFFE ID. */
export interface IssuedWorkloadIdentity extends Pick<IdentityMaterial, 'certificateChain' | 'privateKey'>, Lifetime {}

/** Certificates with the SPIFFE IDs that MeshIdentities give. */
export interface WorkloadIdentityProvider extends CertificateKeeper<WorkloadIdentityRequest, IssuedWorkloadIdentity> {}

export interface WorkloadIdentityProviderOptions {
  readonly store: Pick<Store, 'get' | 'watch'>
  /** Name of the control plane's zone. */
  readonly zone: string
  /** Where else the certificates of provided CAs may be. Default: nowhere. */
  readonly outside?: OutsideData
  readonly clock?: () => Date
}

/** Lifetime of certificates of identities that name none. Source: Kuma's bundled provider. */
const oneDay = '24h'

export function createWorkloadIdentityProvider(options: WorkloadIdentityProviderOptions): WorkloadIdentityProvider {
  const { store, zone, outside, clock } = options
  const uriOf = ({ identity, dataplane }: WorkloadIdentityRequest) => {
    const domain = trustDomainOf(identity, identity, zone)
    return domain.ok ? spiffeIdOf(identity, domain.text, dataplane) : domain
  }
  return createCertificateKeeper(
    {
      proxyOf: ({ dataplane: { mesh, name } }) => ({ mesh, name }),
      basisOf: (request) => JSON.stringify([request.identity.name, request.identity.spec.provider, uriOf(request)]),
      secretsOf: ({ identity }) => new Set(secretsOfIdentity(identity).map((name) => secretText({ mesh: identity.mesh, name }))),
      urisOf(request) {
        const uri = uriOf(request)
        return uri.ok ? [uri.text] : undefined
      },
      async issue(request, now, before) {
        const uri = uriOf(request)
        const of = `MeshIdentity "${request.identity.name}" of mesh "${request.identity.mesh}"`
        if (!uri.ok) throw new KumaError('no-ca', `${of} has no name for Dataplane "${request.dataplane.name}": ${uri.message}`)
        return issue({ store, outside }, request.identity, { uri: uri.text, of, now, before })
      },
    },
    { store, clock },
  )
}

interface Wanted {
  readonly uri: string
  /** Who issues it, for messages. */
  readonly of: string
  readonly now: Date
  readonly before: Issued<IssuedWorkloadIdentity> | undefined
}

async function issue(
  access: DataSourceAccess,
  identity: Resource<MeshIdentitySpec>,
  { uri, of, now, before }: Wanted,
): Promise<Issued<IssuedWorkloadIdentity>> {
  const ca = await loadBundledCa(access, identity)
  if (!ca) throw new KumaError('no-ca', `the CA of ${of} is not there yet`)
  const lifetimeMs = Number(nanosOf(identity.spec.provider?.bundled?.certificateParameters?.expiry ?? oneDay) / 1_000_000n)
  if (before && !(await isTrusted(access, identity, ca.certificate))) throw new KumaError('no-ca', `nobody trusts the CA of ${of} yet`)
  const basis = JSON.stringify([uri, lifetimeMs, ca.certificate, kriOf(MeshIdentity, identity)])
  const kept = before?.basis === basis && !before.spent ? before.identity : undefined
  return { identity: kept ?? newCertificate({ ca, uris: [uri], now, lifetimeMs }, of), uris: [uri], basis, spent: false }
}

/** A proxy that has a certificate gets none of another CA before that is in the MeshTrust that the control plane keeps. */
async function isTrusted({ store }: DataSourceAccess, { mesh, name, spec }: Resource<MeshIdentitySpec>, ca: string): Promise<boolean> {
  if (spec.provider?.bundled?.meshTrustCreation === 'Disabled') return true
  const trust = (await store.get({ type: 'MeshTrust', mesh, name }))?.resource.spec as MeshTrustSpec | undefined
  return trust?.caBundles.some(({ pem }) => pem?.value.trim() === ca.trim()) === true
}
