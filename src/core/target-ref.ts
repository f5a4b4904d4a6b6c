import type * as z from 'zod'
import * as o from './schema/openapi.js'
import { checkSelector, checkTags } from './validate/tags.js'
import type { Place } from './validate/violations.js'

/*
 * What the policies with a targetRef share: whom a policy or one of its entries is about, where traffic goes, and which
 * requests a rule matches. Source: api/common/v1alpha1.
 */

export const targetRefKinds = [
  'Mesh',
  'MeshSubset',
  'MeshGateway',
  'MeshService',
  'MeshExternalService',
  'MeshMultiZoneService',
  'MeshServiceSubset',
  'MeshHTTPRoute',
  'Dataplane',
] as const

export type TargetRefKind = (typeof targetRefKinds)[number]

const refFields = () => ({
  kind: o.enumeration(targetRefKinds),
  name: o.string().optional(),
  tags: o.map(o.string()).optional(),
  mesh: o.string().optional(),
  proxyTypes: o.list(o.enumeration(['Sidecar', 'Gateway'])).optional(),
  namespace: o.string().optional(),
  labels: o.map(o.string()).optional(),
  sectionName: o.string().optional(),
})

/** Whom a policy, or an entry of `to` or `from`, is about. */
export const targetRef = () => o.object(refFields())

export type TargetRef = z.infer<ReturnType<typeof targetRef>>

/** Where a route sends traffic: a targetRef with a share of it and a port. */
export const backendRef = () => o.object({ ...refFields(), weight: o.integer({ min: 0 }).default(1), port: o.integer().optional() })

export type BackendRef = z.infer<ReturnType<typeof backendRef>>

/**
 * An entry of `to` or `from`. Such an entry may lack `default` only where the policy's own OpenAPI schema says so: hand in
 * `conf().optional()` then.
 */
export const targeted = <C extends z.ZodType>(conf: C) => o.object({ targetRef: targetRef(), default: conf })

/** The caller's SPIFFE identity or the SNI that a rule is for. */
export const match = () =>
  o.object({
    spiffeID: o.object({ type: o.enumeration(['Exact', 'Prefix']), value: o.string() }).optional(),
    sni: o.object({ type: o.enumeration(['Exact']), value: o.string() }).optional(),
  })

export type Match = z.infer<ReturnType<typeof match>>

export interface TargetRefRules {
  readonly kinds: readonly TargetRefKind[]
  /** Said instead of "value 'X' is not supported". */
  readonly kindsFault?: string
  /** A MeshGateway may be narrowed to listeners by tags. */
  readonly gatewayTags?: boolean
  /** Names that break the rules for names and are let in all the same. */
  readonly oddNames?: readonly string[]
  /** `sectionName` of a Dataplane is allowed: the policy has `from` or `rules`. */
  readonly inbound?: boolean
}

/** Rules of a targetRef. A missing one is the schema's matter. */
export function checkTargetRef(at: Place, ref: TargetRef | undefined, rules: TargetRefRules): void {
  if (!ref) return
  if (!rules.kinds.includes(ref.kind)) return at.field('kind').add(rules.kindsFault ?? `value '${ref.kind}' is not supported`)
  switch (ref.kind) {
    case 'Mesh':
      if (ref.name) at.field('name').add('using name with kind Mesh is not yet supported')
      forbid(at, ref, 'mesh', 'tags', 'labels', 'namespace', 'sectionName')
      checkProxyTypes(at, ref)
      break
    case 'Dataplane':
      forbid(at, ref, 'tags', 'mesh', 'proxyTypes')
      if (isSet(ref.labels) && (ref.name || ref.namespace)) at.field('labels').add('either labels or name and namespace must be specified')
      if (!rules.inbound && ref.sectionName) at.field('sectionName').add('can only be used with inbound policies')
      break
    case 'MeshSubset':
      forbid(at, ref, 'name', 'mesh')
      checkTags(at.field('tags'), ref.tags)
      forbid(at, ref, 'labels', 'namespace', 'sectionName')
      checkProxyTypes(at, ref)
      break
    case 'MeshServiceSubset':
    case 'MeshGateway':
      if (!ref.name) at.field('name').add(`must be set when kind is ${ref.kind}`)
      checkName(at, ref, rules)
      forbid(at, ref, 'mesh', 'proxyTypes')
      checkSelector(at.field('tags'), ref.tags)
      if (ref.kind === 'MeshGateway' && !rules.gatewayTags) forbid(at, ref, 'tags')
      forbid(at, ref, 'labels', 'namespace', 'sectionName')
      break
    case 'MeshMultiZoneService':
      break
    default:
      checkRealResource(at, ref, rules)
  }
}

/** MeshService, MeshExternalService, MeshHTTPRoute: by name or by labels. The peer asks nothing of a MeshMultiZoneService. */
function checkRealResource(at: Place, ref: TargetRef, rules: TargetRefRules): void {
  checkName(at, ref, rules)
  forbid(at, ref, 'mesh', 'tags', 'proxyTypes')
  if (ref.kind === 'MeshHTTPRoute') forbid(at, ref, 'sectionName')
  if (!isSet(ref.labels) && !ref.name) at.add(`name or labels must be set when kind is ${ref.kind}`)
  if (isSet(ref.labels) && (ref.name || ref.namespace)) {
    const namespaced = ref.kind === 'MeshService' || ref.kind === 'MeshHTTPRoute'
    at.field('labels').add(namespaced ? 'either labels or name and namespace must be specified' : 'either labels or name must be specified')
  }
  if (ref.kind === 'MeshExternalService') forbid(at, ref, 'sectionName')
}

function isSet(value: string | Readonly<Record<string, string>> | readonly string[] | undefined): boolean {
  return value !== undefined && (typeof value === 'object' ? Object.keys(value).length > 0 : value !== '')
}

function forbid(at: Place, ref: TargetRef, ...fields: readonly (keyof TargetRef)[]): void {
  for (const field of fields) {
    if (isSet(ref[field])) at.field(field).add(`must not be set with kind ${ref.kind}`)
  }
}

function checkProxyTypes(at: Place, { proxyTypes }: TargetRef): void {
  if (proxyTypes?.length === 0) at.field('proxyTypes').add('must be undefined or have at least one element')
}

function checkName(at: Place, { name = '' }: TargetRef, { oddNames = [] }: TargetRefRules): void {
  if (!oddNames.includes(name) && !/^[0-9a-z.\-_]*$/.test(name)) {
    at.field('name').add("invalid characters: must consist of lower case alphanumeric characters, '-', '.' and '_'.")
  }
}

/** Rules of a backendRef that its schema can't say. */
export function checkBackendPort(at: Place, ref: BackendRef): void {
  if (ref.kind === 'MeshMultiZoneService' && ref.port === undefined) at.field('port').add('must be defined with kind MeshMultiZoneService')
}

/** Whether a policy concerns inbounds: only then a Dataplane's `sectionName` means something. */
export function affectsInbounds(spec: { readonly from?: readonly unknown[]; readonly rules?: readonly unknown[] }): boolean {
  return (spec.from?.length ?? 0) > 0 || (spec.rules?.length ?? 0) > 0
}

/** Who a policy is for, as its label says; `system` is also the role of all policies of a Universal control plane. */
export function policyRole(labels: Readonly<Record<string, string>>): string {
  return labels['kuma.io/policy-role'] || 'system'
}

/** Whether a policy may concern builtin gateways. A missing targetRef is the whole mesh. */
export function includesGateways({ kind, proxyTypes = [] }: Pick<TargetRef, 'kind' | 'proxyTypes'> = { kind: 'Mesh' }): boolean {
  if (kind === 'MeshGateway' || kind === 'MeshHTTPRoute') return true
  return (kind === 'Mesh' || kind === 'MeshSubset') && (proxyTypes.length === 0 || proxyTypes.includes('Gateway'))
}
