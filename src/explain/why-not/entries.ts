import type { Resource } from '../../core/resource.js'
import type { ProxyContext } from '../../translate/proxy.js'
import { matchesHashTag } from '../../translate/rules/index.js'
import type { MatchedRules, Origin, ProxySpec } from '../../translate/rules/index.js'
import type { PolicyKind } from '../../translate/rules/index.js'
import type { Policy, TargetRef } from '../../translate/rules/policy-spec.js'
import { type Failed, tagsText } from './failed.js'

/** Why the entries of a policy that selects a proxy say nothing of its traffic; `undefined` where one does, as far as entries tell. */
export function whyNotCovered(policy: Policy, kind: PolicyKind, proxy: ProxyContext): Failed | undefined {
  const { to, from, rules } = policy.spec
  const matched = proxy.mesh.rules.of(kind, proxy.dataplane as Resource<ProxySpec>)
  const builtin = proxy.dataplane.spec.networking?.gateway?.type === 'BUILTIN'
  if (to?.length && !builtin && !from?.length && !rules?.length && !coversOutbound(policy, matched, proxy)) {
    const dialled = [...new Set(proxy.outbounds.map(({ service }) => service))]
    const found = dialled.length === 0 ? 'the proxy has no outbound' : `the proxy dials ${dialled.join(', ')}`
    return { predicate: 'to', path: 'spec.to', wanted: `to ${to.map(({ targetRef }) => refText(targetRef)).join(' or ')}`, found }
  }
  const incoming = rules?.length ? 'rules' : from?.length ? 'from' : undefined
  if (incoming && !to?.length && proxy.inbounds.length === 0 && !builtin) {
    return { predicate: incoming, path: `spec.${incoming}`, wanted: `${incoming} of incoming traffic`, found: 'the proxy has no inbound' }
  }
  return undefined
}

export function refText(ref: TargetRef | undefined): string {
  if (!ref) return '(nothing)'
  const { kind, name, labels, tags, sectionName } = ref
  const parts = [kind, name, labels && tagsText(labels), tags && tagsText(tags), sectionName && `section ${sectionName}`]
  return parts.filter(Boolean).join(' ')
}

/** Whether some rule for a destination of the proxy is made of an entry of the policy. */
function coversOutbound(policy: Policy, { to }: MatchedRules, { outbounds }: ProxyContext): boolean {
  const mine = (origins: readonly Origin[] | undefined) => origins?.some((origin) => origin.policy === policy) ?? false
  const ofRoutes = [...to.resources.values()].some(({ kind, origins }) => kind === 'MeshHTTPRoute' && mine(origins))
  const byHash = to.services.some(({ subset, origins }) => subset.some(({ key }) => key === matchesHashTag) && mine(origins))
  if (ofRoutes || byHash) return true
  return outbounds.some(({ resource, service, tags }) =>
    resource
      ? mine(to.forResource(resource)?.origins)
      : to.services.some((rule) => mine(rule.origins) && fits(rule.subset, service, tags)) || mine(to.forService(service, tags)?.origins),
  )
}

/** Whether a destination, or a part of it, may be in a subset: tags that it doesn't say may be any. */
function fits(
  subset: readonly { readonly key: string; readonly value: string; readonly not: boolean }[],
  service: string,
  tags: Readonly<Record<string, string>>,
): boolean {
  const known: Readonly<Record<string, string>> = { ...tags, 'kuma.io/service': service }
  return subset.every(({ key, value, not }) => known[key] === undefined || (known[key] === value) !== not)
}
