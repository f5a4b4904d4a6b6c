import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import type { Store } from '../../core/store.js'
import type { IdentityMaterial } from '../../translate/secrets.js'
import { enabledCaBackend, secretsOfBackend } from '../ca/load.js'
import type { OutsideData } from '../outside-data.js'
import { recallFrom } from './ca-record.js'
import { createCaRotations } from './ca-rotation.js'
import { issueIdentity } from './issue.js'
import { type CertificateKeeper, type KeeperOptions, type Lifetime, createCertificateKeeper, secretText } from './keeper.js'
import { identityUris } from '../../translate/identity-uris.js'

export interface IdentityRequest {
  readonly mesh: Resource<MeshSpec>
  readonly dataplane: Resource<DataplaneSpec>
  /** Meshes whose services the proxy may call besides its own. */
  readonly otherMeshes?: readonly Resource<MeshSpec>[]
}

/** A proxy's certificate and what it trusts, with what an insight tells of it. */
export interface ProxyIdentity extends IdentityMaterial, Lifetime {
  readonly backend: string
  /** How many certificates the proxy has been given, this one included. */
  readonly generation: number
}

/** Certificates of mesh mTLS. */
export interface IdentityProvider extends CertificateKeeper<IdentityRequest, ProxyIdentity> {}

export interface IdentityProviderOptions {
  readonly store: Pick<Store, 'get' | 'watch'>
  /** Where else the certificates of provided CAs may be. Default: nowhere. */
  readonly outside?: OutsideData
  readonly clock?: () => Date
  /** How long all proxies of a mesh get for each step of a change of its CA, in milliseconds. Default: 10 s. */
  readonly rotationStepMs?: number
  readonly jitter?: KeeperOptions['jitter']
}

export function createIdentityProvider(options: IdentityProviderOptions): IdentityProvider {
  const { store, outside, clock, jitter, rotationStepMs = 10_000 } = options
  const rotations = createCaRotations(rotationStepMs, recallFrom({ store, outside }))
  return createCertificateKeeper(
    {
      proxyOf: ({ mesh, dataplane }) => ({ mesh: mesh.name, name: dataplane.name }),
      basisOf,
      secretsOf,
      urisOf: ({ mesh, dataplane }) => identityUris(mesh.name, dataplane),
      issue: (request, now, before) => issueIdentity({ access: { store, outside }, rotations }, request, now, before),
    },
    { store, clock, jitter },
  )
}

function basisOf({ mesh, dataplane, otherMeshes = [] }: IdentityRequest): string | undefined {
  if (!enabledCaBackend(mesh)) return undefined
  const { inbound = [], gateway } = dataplane.spec.networking ?? {}
  const tags = [...inbound.map((one) => one.tags), gateway?.tags]
  return JSON.stringify([tags, dataplane.labels, mesh.spec.mtls, otherMeshes.map(({ name, spec }) => [name, spec.mtls])])
}

function secretsOf({ mesh, otherMeshes = [] }: IdentityRequest): ReadonlySet<string> {
  const names = [mesh, ...otherMeshes].flatMap((one) => {
    const backend = enabledCaBackend(one)
    return backend ? secretsOfBackend(one.name, backend).map((name) => secretText({ mesh: one.name, name })) : []
  })
  return new Set(names)
}
