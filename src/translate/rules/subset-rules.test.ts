import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Tags } from '../tags.js'
import { mergeConfs } from './merge.js'
import type { Policy, PolicyItem, TargetRef } from './policy-spec.js'
import { maxSubsetRules, subsetRules } from './subset-rules.js'
import { contains, subsetOf } from './subsets.js'

const policy: Policy = { type: 'MeshTrafficPermission', mesh: 'default', name: 'p', labels: {}, spec: {} }
const item = (targetRef: TargetRef, conf: unknown, ruleIndex = 0): PolicyItem => ({
  policy,
  topLevel: { kind: 'Mesh' },
  ruleIndex,
  targetRef,
  conf,
})
const subset = (tags: Tags): TargetRef => ({ kind: 'MeshSubset', tags })
const service = (name: string): TargetRef => ({ kind: 'MeshService', name })
const mesh: TargetRef = { kind: 'Mesh' }

/** `web !v1` for short: tags by value, negated ones marked. */
const brief = (items: readonly PolicyItem[], negations = true) =>
  subsetRules(items, negations).rules.map(({ subset, conf }) => [subset.map(({ value, not }) => (not ? '!' : '') + value).join(' '), conf])

describe('subsetRules', () => {
  it('has a rule for each way of having the tags of entries that can meet', () => {
    const items = [item(service('orders'), { action: 'Allow' }), item(subset({ version: 'v1' }), { action: 'Deny' })]
    expect(brief(items)).toEqual([
      ['orders v1', { action: 'Deny' }],
      ['!orders v1', { action: 'Deny' }],
      ['orders !v1', { action: 'Allow' }],
    ])
  })

  it('keeps entries apart that no proxy fits at once', () => {
    const items = [item(mesh, { action: 'Deny' }), item(service('orders'), { action: 'Allow' }), item(service('web'), { action: 'Allow' })]
    expect(brief(items)).toEqual([
      ['web', { action: 'Allow' }],
      ['orders', { action: 'Allow' }],
      ['!web', { action: 'Deny' }],
      ['!orders', { action: 'Deny' }],
    ])
  })

  it('needs no negations where destinations are known by their service alone', () => {
    const items = [item(service('orders'), { a: 1 }), item(mesh, { b: 2 }), item(service('orders'), { c: 3 })]
    expect(brief(items, false)).toEqual([
      ['orders', { a: 1, b: 2, c: 3 }],
      ['', { b: 2 }],
    ])
  })

  it('says where its confs come from, each entry once', () => {
    const [rule] = subsetRules([item(mesh, {}, 0), item(mesh, {}, 1), item(mesh, {}, 1)], true).rules
    expect(rule?.origins).toEqual([
      { policy, ruleIndex: 0 },
      { policy, ruleIndex: 1 },
    ])
  })

  it('leaves kinds out that are real resources, and tags that contradict themselves', () => {
    const contradiction: TargetRef = { kind: 'MeshServiceSubset', name: 'a', tags: { 'kuma.io/service': 'b' } }
    expect(brief([item({ kind: 'MeshMultiZoneService', name: 'a' }, {}), item(contradiction, {})])).toEqual([])
  })

  it('refuses kinds that tags can not say', () => {
    expect(subsetRules([item({ kind: 'MeshGateway', name: 'edge' }, {})], true)).toEqual({
      rules: [],
      problem: "can't represent MeshGateway as tags",
    })
  })

  it('does not let a rule with many idle tags hide one that more entries cover', () => {
    const items = [
      item(subset({ k: 'a' }), { c: 1 }),
      item(subset({ k: 'b', x: '1', y: '1', z: '1' }), { d: 1 }),
      item(subset({ x: '1' }), { e: 1 }),
    ]
    const source = { k: 'a', x: '1', y: '1', z: '1' }
    expect(subsetRules(items, true).rules.find((rule) => contains(rule.subset, source))?.conf).toEqual({ c: 1, e: 1 })
  })

  it('takes steps in proportion to the rules that come out: 70 entries with two tags each, twice and four times as many', () => {
    let reads = 0
    const counted = (i: number): PolicyItem => {
      const plain = item(subset({ service: `s${i}`, team: `t${i}` }), { i }, i)
      const counting = (name: 'conf' | 'targetRef') => ({
        get() {
          reads++
          return plain[name]
        },
        enumerable: true,
      })
      return Object.defineProperties({ ...plain }, { conf: counting('conf'), targetRef: counting('targetRef') })
    }
    const stepsFor = (count: number) => {
      const items = Array.from({ length: count }, (_, i) => counted(i))
      reads = 0
      expect(subsetRules(items, true).rules).toHaveLength(count)
      return reads
    }
    const steps = stepsFor(70)
    expect(steps).toBeGreaterThan(0)
    expect(stepsFor(140)).toBeLessThanOrEqual(2 * steps)
    expect(stepsFor(280)).toBeLessThanOrEqual(4 * steps)
  })

  it('walks no more ways than there are rules: 70 entries with two tags each', () => {
    const items = Array.from({ length: 70 }, (_, i) => item(subset({ service: `s${i}`, team: `t${i}` }), { i }, i))
    expect(subsetRules(items, true).rules).toHaveLength(70)
    expect(subsetRules([item(mesh, {}), ...items], true).rules).toHaveLength(280)
  })

  it('says so where the list would have no end', () => {
    const items = Array.from({ length: 70 }, (_, i) => item(subset({ [`a${i}`]: '1', [`b${i}`]: '1' }), { i }, i))
    expect(subsetRules(items, true)).toEqual({ rules: [], problem: `the tags of 70 entries overlap in more than ${maxSubsetRules} ways` })
  })

  const keys = ['kuma.io/service', 'version', 'team', 'zone']
  const tags = fc.dictionary(fc.constantFrom(...keys), fc.constantFrom('a', 'b', 'c'))
  const ref = fc.oneof(
    fc.constant(mesh),
    tags.map(subset),
    fc.constantFrom('a', 'b').map(service),
    tags.map((given): TargetRef => {
      const { 'kuma.io/service': name = 'a', ...others } = given
      return { kind: 'MeshServiceSubset', name, tags: others }
    }),
  )
  const items = fc.array(fc.tuple(ref, fc.dictionary(fc.constantFrom('p', 'q', 'r'), fc.nat(9))), { maxLength: 8 })

  it('has for every proxy as first rule the merge of all entries that cover it', () => {
    fc.assert(
      fc.property(items, tags, fc.boolean(), (list, source, negations) => {
        const all = list.map(([targetRef, conf], i) => item(targetRef, conf, i))
        const covering = all.filter(({ targetRef }) => contains(subsetOf(targetRef)!, source))
        const { rules, problem } = subsetRules(all, negations)
        const first = rules.find((rule) => contains(rule.subset, source))
        expect(problem).toBeUndefined()
        expect(first?.conf).toEqual(mergeConfs(covering.map(({ conf }) => conf))[0])
        expect(first?.origins.map(({ ruleIndex }) => ruleIndex) ?? []).toEqual(covering.map(({ ruleIndex }) => ruleIndex))
      }),
      { numRuns: 1000 },
    )
  })

  it('has no rule that no entry covers', () => {
    fc.assert(
      fc.property(items, (list) => {
        const all = list.map(([targetRef, conf], i) => item(targetRef, conf, i))
        for (const { subset, origins } of subsetRules(all, true).rules) {
          const example = Object.fromEntries(subset.filter(({ not }) => !not).map(({ key, value }) => [key, value]))
          const covering = all.filter(({ targetRef }) => contains(subsetOf(targetRef)!, example))
          expect(origins.map(({ ruleIndex }) => ruleIndex)).toEqual(covering.map(({ ruleIndex }) => ruleIndex))
        }
      }),
    )
  })
})
