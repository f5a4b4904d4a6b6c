import { nanosOf } from '../core/duration.js'
import type { Issue } from '../core/issue.js'
import type { MeshIdentitySpec } from '../core/kinds/mesh-identity.js'
import { MeshIdentity } from '../core/kinds/mesh-identity.js'
import { kriOf } from '../core/kri.js'
import type { Resource } from '../core/resource.js'
import { identitySelecting, isReady, spiffeIdOf, trustDomainOf } from '../core/workload-identity.js'
import type { MeshContext } from './mesh-context.js'
import type { NodeMetadata } from './node-metadata.js'

/** What a MeshIdentity makes of a proxy: it has a SPIFFE ID and certificates of its own, whatever mTLS the mesh has. */
export interface WorkloadIdentity {
  /** Name of the secret with the certificate. */
  readonly secret: string
  /** Empty where it can't be told; the issues say why. */
  readonly spiffeId: string
  /** Set where a SPIRE agent hands out the secrets. */
  readonly spire?: SpireAgent
}

export interface SpireAgent {
  /** Path of its Unix socket. */
  readonly socket: string
  readonly connectTimeoutSeconds: number
}

/** Where the agent is unless the proxy or its operator says otherwise. Source: Kuma's config, `runtime.universal.spire.agent`. */
const defaultSocket = '/tmp/spire-agent/public/api.sock'

/** The identity of a proxy, where a MeshIdentity that is ready selects it. */
export function workloadIdentityOf(
  dataplane: Resource,
  mesh: Pick<MeshContext, 'resourcesOf' | 'zone'>,
  { raw }: NodeMetadata,
  report: (issue: Issue) => void,
): WorkloadIdentity | undefined {
  const identity = identitySelecting(dataplane.labels, mesh.resourcesOf<MeshIdentitySpec>('MeshIdentity'))
  if (!identity || !isReady(identity)) return undefined
  const trustDomain = trustDomainOf(identity, identity, mesh.zone)
  const spiffeId = trustDomain.ok ? spiffeIdOf(identity, trustDomain.text, dataplane) : trustDomain
  const secret = kriOf(MeshIdentity, identity) ?? ''
  if (!spiffeId.ok) {
    const path = trustDomain.ok ? 'spec.spiffeID.path' : 'spec.spiffeID.trustDomain'
    const message = `Dataplane "${dataplane.name}" gets no identity: ${spiffeId.message}`
    report({ level: 'error', code: 'no-identity', path, message, resource: identity })
    return { secret, spiffeId: '' }
  }
  const { provider } = identity.spec
  if (provider?.type !== 'Spire') return { secret, spiffeId: spiffeId.text }
  const socket = raw['spireAgent.socketPath']
  return {
    secret: spiffeId.text,
    spiffeId: spiffeId.text,
    spire: {
      socket: typeof socket === 'string' && socket !== '' ? socket : defaultSocket,
      connectTimeoutSeconds: Number(nanosOf(provider.spire?.agent?.timeout ?? '1s')) / 1e9,
    },
  }
}
