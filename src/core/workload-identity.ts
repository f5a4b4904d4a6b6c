import { type Evaluated, evaluateTemplate } from './kinds/go-template.js'
import type { MeshIdentitySpec } from './kinds/mesh-identity.js'
import type { Labels, Resource } from './resource.js'
import { spiffeFault } from './validate/spiffe.js'

/*
 * Which MeshIdentity a proxy has, and what its SPIFFE ID is. Source: Kuma docs, "MeshIdentity".
 */

type MeshIdentityResource = Resource<MeshIdentitySpec>

const defaultTrustDomain = '{{ .Mesh }}.{{ .Zone }}.mesh.local'
const defaultPath = { kubernetes: '/ns/{{ .Namespace }}/sa/{{ .ServiceAccount }}', universal: '/workload/{{ .Workload }}' } as const

/** The MeshIdentities whose selector takes a proxy with these labels. One without a selector takes none. */
export function identitiesSelecting(labels: Labels, identities: readonly MeshIdentityResource[]): readonly MeshIdentityResource[] {
  return identities.filter(({ spec }) => {
    const selector = spec.selector?.dataplane
    return selector !== undefined && Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value)
  })
}

/** The one that counts: the one with the most labels in its selector, of equals the first by name. */
export function identitySelecting(labels: Labels, identities: readonly MeshIdentityResource[]): MeshIdentityResource | undefined {
  const count = ({ spec }: MeshIdentityResource) => Object.keys(spec.selector?.dataplane?.matchLabels ?? {}).length
  return [...identitiesSelecting(labels, identities)].sort((a, b) => count(b) - count(a) || (a.name < b.name ? -1 : 1))[0]
}

interface Conditions {
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string; readonly message?: string }[]
}

const readiness = ({ status }: Resource) => (status as Conditions | undefined)?.conditions?.find(({ type }) => type === 'Ready')

/** Whether its provider can issue certificates. */
export function isReady(identity: MeshIdentityResource): boolean {
  return readiness(identity)?.status === 'True'
}

/** What keeps it from being ready, where that is known. */
export function failureOf({ status }: MeshIdentityResource): string | undefined {
  const { conditions = [] } = (status ?? {}) as Conditions
  return conditions.find(({ type, status }) => type !== 'Ready' && status === 'False')?.message
}

/** Whether it gives names only: certificates come from elsewhere. */
export function namesOnly(identity: MeshIdentityResource): boolean {
  const ready = readiness(identity)
  return ready?.status === 'False' && ready.reason === 'PartiallyReady'
}

/**
 * The trust domain of an identity.
 * @param from whose mesh, zone and labels fill in the template: the identity itself, or a proxy
 * @param zone of the control plane, for resources that name none
 */
export function trustDomainOf({ spec }: MeshIdentityResource, { mesh = '', labels }: Resource, zone: string): Evaluated {
  const fields = new Map([
    ['Mesh', mesh],
    ['Zone', labels['kuma.io/zone'] || zone],
  ])
  return evaluateTemplate(spec.spiffeID?.trustDomain ?? defaultTrustDomain, { fields, labels })
}

/** The template of the path of SPIFFE IDs. */
export function spiffePathOf({ spec }: MeshIdentityResource, environment: 'kubernetes' | 'universal'): string {
  return spec.spiffeID?.path ?? defaultPath[environment]
}

/** The SPIFFE ID of a proxy in a trust domain. */
export function spiffeIdOf(identity: MeshIdentityResource, trustDomain: string, { labels }: Resource): Evaluated {
  const environment = labels['kuma.io/env'] === 'kubernetes' ? 'kubernetes' : 'universal'
  const fields = new Map([
    ['TrustDomain', trustDomain],
    ['Namespace', labels['k8s.kuma.io/namespace'] ?? ''],
    ['ServiceAccount', labels['k8s.kuma.io/service-account'] ?? ''],
    ['Workload', labels['kuma.io/workload'] ?? ''],
  ])
  const path = evaluateTemplate(spiffePathOf(identity, environment), { fields, labels })
  if (!path.ok) return path
  const text = `spiffe://${trustDomain}${path.text}`
  const fault = spiffeFault(text)
  return fault === undefined ? { ok: true, text } : { ok: false, message: `failed to parse SPIFFE ID "${text}": ${fault}` }
}
