import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inStoreOrder, sortInboundItems, sortPolicies, sortToItems } from './order.js'
import { type Policy, type TargetRef, topLevelOf } from './policy-spec.js'

const policy = (name: string, targetRef?: TargetRef, labels: Record<string, string> = {}): Policy => ({
  type: 'MeshTimeout',
  mesh: 'default',
  name,
  labels,
  spec: { targetRef },
})
const names = (policies: readonly Policy[]) => policies.map(({ name }) => name)
const winner = (...policies: Policy[]) => names(sortPolicies(inStoreOrder(policies))).at(-1)

describe('precedence of policies', () => {
  it('goes by kind first', () => {
    const kinds = ['Mesh', 'Dataplane', 'MeshSubset', 'MeshGateway', 'MeshService', 'MeshServiceSubset', 'MeshHTTPRoute']
    const policies = kinds.map((kind) => policy(kind, { kind, name: 'x' }, { 'kuma.io/origin': kind === 'Mesh' ? 'zone' : 'global' }))
    expect(names(sortPolicies(policies.toReversed()))).toEqual(kinds)
  })

  it('takes a missing targetRef for the mesh', () => {
    expect(winner(policy('a'), policy('b', { kind: 'Dataplane' }))).toBe('b')
  })

  it('lets a Dataplane by name beat labels, and a section beat none', () => {
    const byName = policy('z-name', { kind: 'Dataplane', name: 'web' })
    const byLabels = policy('a-labels', { kind: 'Dataplane', labels: { app: 'web' }, sectionName: 'http' })
    expect(winner(byName, byLabels)).toBe('z-name')
    expect(
      winner(policy('a', { kind: 'Dataplane', name: 'web' }), policy('b', { kind: 'Dataplane', name: 'web', sectionName: 'http' })),
    ).toBe('b')
  })

  it('lets the name decide between a Dataplane by labels and any Dataplane', () => {
    expect(winner(policy('z', { kind: 'Dataplane', labels: { app: 'web' } }), policy('b', { kind: 'Dataplane' }))).toBe('b')
  })

  it('lets zones beat those without origin, and those beat global', () => {
    const [global, none, zone] = ['global', undefined, 'zone'].map((origin, i) =>
      policy(`p${i}`, undefined, origin ? { 'kuma.io/origin': origin } : {}),
    )
    expect(names(sortPolicies([zone!, none!, global!]))).toEqual(['p0', 'p1', 'p2'])
  })

  it('goes by role next: system, producer, consumer, workload-owner', () => {
    const roles = ['system', 'producer', 'consumer', 'workload-owner']
    const policies = roles.map((role, i) => policy(`p${i}`, undefined, { 'kuma.io/policy-role': role }))
    expect(names(sortPolicies(policies.toReversed()))).toEqual(['p0', 'p1', 'p2', 'p3'])
  })

  it('lets more tags beat fewer on a MeshGateway, before the role counts', () => {
    const narrow = policy('z', { kind: 'MeshGateway', name: 'edge', tags: { port: '80' } })
    expect(winner(policy('a', { kind: 'MeshGateway', name: 'edge' }, { 'kuma.io/policy-role': 'consumer' }), narrow)).toBe('z')
  })

  it('lets the first name win at last, by the name that people gave', () => {
    expect(winner(policy('a'), policy('b'))).toBe('a')
    expect(winner(policy('a', undefined, { 'kuma.io/display-name': 'z' }), policy('b'))).toBe('b')
  })

  it('does not depend on the order in which policies come in', () => {
    const ref = fc.oneof(
      fc.constant(undefined),
      fc.record({
        kind: fc.constant('Dataplane'),
        name: fc.option(fc.constantFrom('x'), { nil: undefined }),
        sectionName: fc.option(fc.constant('s'), { nil: undefined }),
      }),
      fc.record({ kind: fc.constant('Dataplane'), labels: fc.constant({ app: 'x' }) }),
      fc.record({ kind: fc.constant('MeshSubset'), tags: fc.constant({ a: 'b' }) }),
    )
    const labels = fc.record({ 'kuma.io/origin': fc.constantFrom('global', 'zone') })
    const policies = fc.uniqueArray(fc.tuple(fc.string(), ref, labels), { selector: ([name]) => name, maxLength: 12 })
    fc.assert(
      fc.property(policies, fc.infiniteStream(fc.nat()), (list, randoms) => {
        const all = list.map(([name, targetRef, given]) => policy(name, targetRef, given))
        const shuffled = all.map((value) => ({ value, key: randoms.next().value })).sort((a, b) => a.key - b.key)
        expect(sortPolicies(inStoreOrder(shuffled.map(({ value }) => value)))).toEqual(sortPolicies(inStoreOrder(all)))
      }),
    )
  })
})

describe('precedence of entries', () => {
  const item = (owner: Policy, targetRef: TargetRef, ruleIndex = 0) => ({
    policy: owner,
    topLevel: topLevelOf(owner),
    targetRef,
    ruleIndex,
    conf: {},
  })

  it('lets the narrower `to` win over the name, and the later over the earlier entry of one policy', () => {
    const [a, z] = [policy('a'), policy('z')]
    const items = [
      item(z, { kind: 'MeshService', name: 'x', sectionName: 'http' }),
      item(z, { kind: 'MeshService', name: 'x' }),
      item(a, { kind: 'Mesh' }),
      item(a, { kind: 'Mesh' }, 1),
    ]
    expect(sortToItems(items).map(({ targetRef, ruleIndex }) => [targetRef.kind, targetRef.sectionName, ruleIndex])).toEqual([
      ['Mesh', undefined, 0],
      ['Mesh', undefined, 1],
      ['MeshService', undefined, 0],
      ['MeshService', 'http', 0],
    ])
  })

  it('lets what the policy is about win over what the entry is about', () => {
    const narrow = policy('z', { kind: 'Dataplane', name: 'web' })
    const items = [item(narrow, { kind: 'Mesh' }), item(policy('a'), { kind: 'MeshService', name: 'x' })]
    expect(sortToItems(items).at(-1)?.policy).toBe(narrow)
  })

  it('sorts `rules` by policy only', () => {
    const [a, z] = [policy('a'), policy('z')]
    const items = [item(a, { kind: 'Mesh' }, 0), item(a, { kind: 'Mesh' }, 1), item(z, { kind: 'Mesh' }, 0)]
    expect(sortInboundItems(items).map(({ policy: { name }, ruleIndex }) => `${name}${ruleIndex}`)).toEqual(['z0', 'a0', 'a1'])
  })
})
