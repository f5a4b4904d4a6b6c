import type { Issue } from '../../core/issue.js'
import type { ResourceKey } from '../../core/resource.js'
import { newProxyDraft } from '../draft.js'
import { type IdentitySubject, addIdentity } from '../identity.js'
import { type SealedPool, seal } from '../seal.js'
import type { Snapshot } from '../snapshot.js'
import type { ProxyOptions } from '../translate.js'

/** What certificates a proxy's resources ask for, whoever the proxy is. */
export type CertificateNeeds = Omit<IdentitySubject, 'dataplane'>

type Material = Pick<ProxyOptions, 'identity' | 'workloadIdentity'>

/** A proxy's certificates as resources, and what they were made for. */
export interface Certificates {
  readonly needs: CertificateNeeds
  readonly material: Material
  readonly resources: Snapshot
  readonly issues: readonly Issue[]
}

/** Those that were made before are kept, as long as they are what is asked for. */
export function certificatesFor(
  needs: CertificateNeeds,
  dataplane: ResourceKey,
  { identity, workloadIdentity }: Material,
  pool: SealedPool,
  before: Certificates | undefined,
): Certificates {
  const same = before?.material.identity === identity && before?.material.workloadIdentity === workloadIdentity
  if (before && same && sameNeeds(before.needs, needs)) return before
  const draft = newProxyDraft()
  const material = { identity, workloadIdentity }
  addIdentity({ ...needs, dataplane }, draft, material)
  return { needs, material, resources: seal(draft, pool), issues: draft.issues }
}

function sameNeeds(a: CertificateNeeds, b: CertificateNeeds): boolean {
  return a === b || (a.mesh.trustDomains === b.mesh.trustDomains && textOf(a) === textOf(b))
}

const texts = new WeakMap<CertificateNeeds, string>()

function textOf(needs: CertificateNeeds): string {
  let text = texts.get(needs)
  if (text === undefined) {
    const { mesh, secrets, workloadIdentity } = needs
    const { cas, ...used } = secrets.used()
    text = JSON.stringify([mesh.name, mesh.mtls, [...cas], used, workloadIdentity])
    texts.set(needs, text)
  }
  return text
}
