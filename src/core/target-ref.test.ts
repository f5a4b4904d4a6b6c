import { describe, expect, test } from 'vitest'
import {
  type TargetRef,
  type TargetRefRules,
  affectsInbounds,
  backendRef,
  checkBackendPort,
  checkTargetRef,
  policyRole,
  targetRefKinds,
} from './target-ref.js'
import { decode } from './schema/decode.js'
import { collect } from './validate/violations.js'

function faults(ref: TargetRef, rules: Partial<TargetRefRules> = {}): string[] {
  const at = collect('spec.targetRef')
  checkTargetRef(at, ref, { kinds: targetRefKinds, ...rules })
  return at.violations.map(({ path, message }) => `${path.slice('spec.targetRef'.length)}: ${message}`)
}

describe('allowed', () => {
  test.each<[TargetRef, Partial<TargetRefRules>?]>([
    [{ kind: 'Mesh', proxyTypes: ['Gateway'] }],
    [{ kind: 'Dataplane', name: 'a', sectionName: 'http' }, { inbound: true }],
    [{ kind: 'Dataplane', labels: { a: 'b' } }],
    [{ kind: 'MeshSubset', tags: { version: 'v1' } }],
    [{ kind: 'MeshService', name: 'a', namespace: 'b', sectionName: 'http' }],
    [{ kind: 'MeshService', labels: { a: 'b' } }],
    [{ kind: 'MeshServiceSubset', name: 'a', tags: { version: '*' } }],
    [{ kind: 'MeshGateway', name: 'a', tags: { port: 'http' } }, { gatewayTags: true }],
    [{ kind: 'MeshMultiZoneService' }],
    [{ kind: 'MeshService', name: 'kuma.io/unresolved-backend' }, { oddNames: ['kuma.io/unresolved-backend'] }],
  ])('%j', (ref, rules) => expect(faults(ref, rules)).toEqual([]))
})

describe('refused', () => {
  test.each<[TargetRef, string[], Partial<TargetRefRules>?]>([
    [{ kind: 'Mesh' }, [".kind: value 'Mesh' is not supported"], { kinds: ['Dataplane'] }],
    [{ kind: 'Mesh' }, ['.kind: not here'], { kinds: [], kindsFault: 'not here' }],
    [{ kind: 'Mesh', name: 'a' }, ['.name: using name with kind Mesh is not yet supported']],
    [{ kind: 'Mesh', tags: { a: 'b' } }, ['.tags: must not be set with kind Mesh']],
    [{ kind: 'Mesh', proxyTypes: [] }, ['.proxyTypes: must be undefined or have at least one element']],
    [{ kind: 'Dataplane', name: 'a', labels: { a: 'b' } }, ['.labels: either labels or name and namespace must be specified']],
    [{ kind: 'Dataplane', sectionName: 'a' }, ['.sectionName: can only be used with inbound policies']],
    [
      { kind: 'MeshSubset', tags: { a: '*' } },
      ['.tags["a"]: tag value must consist of alphanumeric characters, dots, dashes and underscores'],
    ],
    [{ kind: 'MeshService' }, [': name or labels must be set when kind is MeshService']],
    [
      { kind: 'MeshService', name: 'A' },
      [".name: invalid characters: must consist of lower case alphanumeric characters, '-', '.' and '_'."],
    ],
    [{ kind: 'MeshExternalService', name: 'a', labels: { a: 'b' } }, ['.labels: either labels or name must be specified']],
    [{ kind: 'MeshExternalService', name: 'a', sectionName: 'x' }, ['.sectionName: must not be set with kind MeshExternalService']],
    [{ kind: 'MeshHTTPRoute', name: 'a', sectionName: 'x' }, ['.sectionName: must not be set with kind MeshHTTPRoute']],
    [{ kind: 'MeshServiceSubset' }, ['.name: must be set when kind is MeshServiceSubset']],
    [{ kind: 'MeshGateway', name: 'a', tags: { a: 'b' } }, ['.tags: must not be set with kind MeshGateway']],
  ])('%j', (ref, expected, rules) => expect(faults(ref, rules)).toEqual(expected))
})

test('a backend has weight 1 unless it says otherwise, and a multi-zone one names its port', () => {
  const ref = decode(backendRef(), { kind: 'MeshMultiZoneService', name: 'a' }, () => {})
  expect(ref).toEqual({ kind: 'MeshMultiZoneService', name: 'a', weight: 1 })
  const at = collect('x')
  checkBackendPort(at, { kind: 'MeshMultiZoneService', name: 'a', weight: 1 })
  expect(at.violations).toEqual([{ path: 'x.port', message: 'must be defined with kind MeshMultiZoneService' }])
})

test('roles and inbounds', () => {
  expect(policyRole({})).toBe('system')
  expect(policyRole({ 'kuma.io/policy-role': 'producer' })).toBe('producer')
  expect(affectsInbounds({ from: [] })).toBe(false)
  expect(affectsInbounds({ rules: [{}] })).toBe(true)
})
