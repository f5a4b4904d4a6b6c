import { describe, expect, it } from 'vitest'
import type { Resource } from '../src/core/resource.js'
import { deepFreeze } from '../src/core/resource.js'
import { registry } from '../src/translate/kinds.js'
import { type PolicyKind, type ProxySpec, createMeshRules, rulesReport } from '../src/translate/rules/index.js'
import { type ConformanceCase, type JsonObject, casesOf, documentsOf, groupNames } from './conformance/cases.js'

const both = { matching: 'targetRef', hasFromTargetRef: true, hasRulesTargetRef: true } as const
const outbound = { matching: 'targetRef', hasToTargetRef: true } as const
const single = { matching: 'targetRef' } as const

/** In the order of Kuma's plugins, with what `GET /_resources` of kuma-cp says of each. */
const traits: readonly PolicyKind[] = [
  { type: 'MeshHTTPRoute', policy: outbound },
  { type: 'MeshTCPRoute', policy: outbound },
  { type: 'MeshTLS', policy: { ...both, isFromAsRules: true } },
  { type: 'MeshLoadBalancingStrategy', policy: outbound },
  { type: 'MeshPassthrough', policy: single },
  { type: 'MeshAccessLog', policy: { ...both, hasToTargetRef: true, isFromAsRules: true } },
  { type: 'MeshTrace', policy: single },
  { type: 'MeshFaultInjection', policy: { ...both, hasToTargetRef: true } },
  { type: 'MeshRateLimit', policy: { ...both, hasToTargetRef: true, isFromAsRules: true } },
  { type: 'MeshTimeout', policy: { ...both, hasToTargetRef: true, isFromAsRules: true } },
  { type: 'MeshTrafficPermission', policy: both },
  { type: 'MeshHealthCheck', policy: outbound },
  { type: 'MeshCircuitBreaker', policy: { ...both, hasToTargetRef: true, isFromAsRules: true } },
  { type: 'MeshRetry', policy: outbound },
  { type: 'MeshMetric', policy: single },
  { type: 'MeshProxyPatch', policy: single },
]
const kinds = traits.map((kind) => registry.byType(kind.type) ?? kind)

const envelope = new Set(['type', 'mesh', 'name', 'labels', 'creationTime', 'modificationTime', 'kri', 'snis', 'status', 'spec'])

/** A resource as the API gives it: policies and younger kinds have their spec below `spec`, the others at the top. */
function toResource(json: JsonObject): Resource {
  const { type, mesh, name, labels = {}, creationTime, spec, status } = json as unknown as Resource
  const own = Object.fromEntries(Object.entries(json).filter(([field]) => !envelope.has(field)))
  return deepFreeze({ type, ...(mesh && { mesh }), name, labels, creationTime, spec: spec ?? own, status })
}

function sourceOf(resources: readonly Resource[], name: string) {
  const sorted = [...resources].sort((a, b) => (a.name < b.name ? -1 : 1))
  return { name, resourcesOf: <Spec>(type: string) => sorted.filter((resource) => resource.type === type) as Resource<Spec>[] }
}

/** Runs on what was stored, so that defaults are no part of the question. */
function reports({ input, resources, rules }: ConformanceCase): Record<string, unknown> {
  const all = (resources.length > 0 ? resources : documentsOf(input)).map(toResource)
  const answers: Record<string, unknown> = {}
  for (const proxy of Object.keys(rules)) {
    const dataplane = all.find(({ type, name }) => type === 'Dataplane' && name === proxy) as Resource<ProxySpec>
    const mesh = all.find(({ type, name }) => type === 'Mesh' && name === dataplane.mesh)!
    const own = all.filter((resource) => resource.mesh === undefined || resource.mesh === mesh.name)
    answers[proxy] = rulesReport(createMeshRules(sourceOf(own, mesh.name)), kinds, mesh, dataplane)
  }
  return answers
}

it('knows of each kind what kuma-cp says of it', () => {
  const ofReport = ({ type, policy }: PolicyKind) => ({ type, policy: { ...policy, toConf: undefined, merge: undefined } })
  expect(kinds.map(ofReport)).toEqual(traits.map(ofReport))
})

describe('the rules report agrees with kuma-cp', () => {
  for (const group of groupNames()) {
    for (const conformance of casesOf(group)) {
      if (Object.keys(conformance.rules).length === 0) continue
      it(`${group}/${conformance.name}`, () => {
        expect(reports(conformance)).toEqual(conformance.rules)
      })
    }
  }
})
