import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Resource, deepFreeze } from '../../core/resource.js'
import { type PolicyKind, createMeshRules, matchesHash, matchesHashTag, toIssues } from './index.js'
import type { PolicySpec } from './policy-spec.js'
import type { ProxySpec } from './proxy-shape.js'

const timeout: PolicyKind = {
  type: 'MeshTimeout',
  policy: { matching: 'targetRef', hasToTargetRef: true, hasFromTargetRef: true, hasRulesTargetRef: true, isFromAsRules: true },
}
const permission: PolicyKind = {
  type: 'MeshTrafficPermission',
  policy: { matching: 'targetRef', hasFromTargetRef: true, hasRulesTargetRef: true },
}
const trace: PolicyKind = { type: 'MeshTrace', policy: { matching: 'targetRef' } }
const healthCheck: PolicyKind = { type: 'MeshHealthCheck', policy: { matching: 'targetRef', hasToTargetRef: true } }

const resource = <Spec>(type: string, name: string, spec: Spec, labels: Record<string, string> = {}): Resource<Spec> =>
  deepFreeze({ type, ...(type !== 'Mesh' && { mesh: 'default' }), name, labels, spec })
const policy = (type: string, name: string, spec: PolicySpec, labels?: Record<string, string>) => resource(type, name, spec, labels)
const rulesOf = (resources: readonly Resource[], options?: { includeShadow?: boolean }) =>
  createMeshRules(
    { name: 'default', resourcesOf: <S>(type: string) => [mesh, ...resources].filter((r) => r.type === type) as Resource<S>[] },
    options,
  )
const mesh = resource('Mesh', 'default', {})
const web = resource<ProxySpec>('Dataplane', 'web-1', {
  networking: {
    address: '10.0.0.1',
    inbound: [
      { port: 80, name: 'http', tags: { 'kuma.io/service': 'web' } },
      { port: 90, tags: { 'kuma.io/service': 'admin' } },
    ],
  },
})
const http = { address: '10.0.0.1', port: 80 }
const admin = { address: '10.0.0.1', port: 90 }

describe('rules for traffic that leaves', () => {
  const service = resource('MeshService', 'orders', {
    ports: [
      { port: 80, name: 'http' },
      { port: 81, name: 'grpc' },
    ],
  })
  const toMesh = policy('MeshTimeout', 'a', { to: [{ targetRef: { kind: 'Mesh' }, default: { a: 1, b: 1, c: 1 } }] })
  const toService = policy('MeshTimeout', 'b', { to: [{ targetRef: { kind: 'MeshService', name: 'orders' }, default: { b: 2, c: 2 } }] })
  const toPort = policy('MeshTimeout', 'c', {
    to: [{ targetRef: { kind: 'MeshService', name: 'orders', sectionName: 'http' }, default: { c: 3 } }],
  })
  const { to } = rulesOf([service, toMesh, toService, toPort]).of(timeout, web)

  it('merge what concerns a port, its service and the mesh, and fall back level by level', () => {
    expect(to.forResource('kri_msvc_default___orders_http')?.confs).toEqual([{ a: 1, b: 2, c: 3 }])
    expect(to.forResource('kri_msvc_default___orders_grpc')?.confs).toEqual([{ a: 1, b: 2, c: 2 }])
    expect(to.forResource('kri_msvc_default___users_http')?.confs).toEqual([{ a: 1, b: 1, c: 1 }])
    expect(to.exactly('kri_msvc_default___orders_grpc')).toBeUndefined()
    expect(to.forFirst('kri_mhttpr_default___api_', 'kri_msvc_default___orders_')?.kri).toBe('kri_msvc_default___orders_')
  })

  it('say which entry of which policy they come from, the strongest last', () => {
    const origins = to.forResource('kri_msvc_default___orders_http')?.origins
    expect(origins?.map(({ policy: { name }, ruleIndex }) => [name, ruleIndex])).toEqual([
      ['a', 0],
      ['b', 0],
      ['c', 0],
    ])
  })

  it('go by service tags for what is no real service: there the policy counts before the entry', () => {
    expect(to.forService('orders')?.conf).toEqual({ a: 1, b: 1, c: 1 })
    expect(to.forService('users', { version: 'v1' })?.conf).toEqual({ a: 1, b: 1, c: 1 })
    expect(to.forTags({})?.conf).toEqual({ a: 1, b: 1, c: 1 })
  })

  it('are lost on service tags where a policy has an entry for a route', () => {
    const mixed = policy('MeshTimeout', 'p', {
      to: [
        { targetRef: { kind: 'MeshHTTPRoute', name: 'api' }, default: { a: 1 } },
        { targetRef: { kind: 'MeshService', name: 'orders' }, default: { b: 1 } },
      ],
    })
    const { to: both } = rulesOf([service, mixed, resource('MeshHTTPRoute', 'api', {})]).of(timeout, web)
    expect(both.services).toEqual([])
    expect(both.exactly('kri_mhttpr_default___api_')?.confs).toEqual([{ a: 1 }])
    expect(both.exactly('kri_msvc_default___orders_')?.confs).toEqual([{ b: 1 }])
  })

  it('hold for single rules of a route that a policy is about', () => {
    const matches = [{ path: { type: 'PathPrefix', value: '/v2' } }]
    const route = resource('MeshHTTPRoute', 'api', {
      to: [{ targetRef: { kind: 'MeshService', name: 'orders' }, rules: [{ matches, default: {} }] }],
    })
    const onRoute = policy('MeshTimeout', 'p', {
      targetRef: { kind: 'MeshHTTPRoute', name: 'api' },
      to: [{ targetRef: { kind: 'Mesh' }, default: { a: 9 } }],
    })
    const { to: rules } = rulesOf([toMesh, route, onRoute]).of(timeout, web)
    expect(rules.forService('orders', { [matchesHashTag]: matchesHash(matches) })?.conf).toEqual({ a: 9, b: 1, c: 1 })
    expect(rules.forService('orders')?.conf).toEqual({ a: 1, b: 1, c: 1 })
    expect([...rules.resources.keys()]).toEqual(['kri_m____default_'])
  })
})

describe('rules for traffic that comes in', () => {
  it('take `from` for rules without a match where the kind says so, per listener', () => {
    const whole = policy('MeshTimeout', 'z', { from: [{ targetRef: { kind: 'Mesh' }, default: { a: 1, b: 1 } }] })
    const section = policy('MeshTimeout', 'a', { targetRef: { kind: 'Dataplane', sectionName: 'http' }, rules: [{ default: { b: 2 } }] })
    const { inbound } = rulesOf([whole, section]).of(timeout, web)
    expect(inbound.catchAll(http)).toMatchObject({ conf: { a: 1, b: 2 }, origins: [{ policy: whole }, { policy: section }] })
    expect(inbound.catchAll(admin)?.conf).toEqual({ a: 1, b: 1 })
    expect(inbound.catchAll({ address: '10.0.0.1', port: 1 })).toBeUndefined()
  })

  it('put the narrowest match first and keep those without out of it', () => {
    const spiffe = (type: string) => ({ spiffeID: { type, value: 'spiffe://x/a' } })
    const sni = { sni: { type: 'Exact', value: 'x' } }
    const rules = policy('MeshTimeout', 'p', {
      rules: [
        { default: { n: 0 } },
        { matches: [sni, spiffe('Prefix')], default: { n: 1 } },
        { matches: [spiffe('Exact'), { ...spiffe('Exact'), ...sni }], default: { n: 2 } },
      ],
    })
    const { inbound } = rulesOf([rules]).of(timeout, web)
    expect(inbound.forListener(http).map(({ match }) => match)).toEqual([
      { ...spiffe('Exact'), ...sni },
      spiffe('Exact'),
      spiffe('Prefix'),
      sni,
      undefined,
    ])
    expect(inbound.catchAll(http)?.conf).toEqual({ n: 0 })
  })

  it('go by the tags of clients where the kind keeps `from` apart', () => {
    const from = policy('MeshTrafficPermission', 'p', {
      targetRef: { kind: 'MeshService', name: 'web' },
      from: [{ targetRef: { kind: 'MeshService', name: 'orders' }, default: { action: 'Allow' } }],
    })
    const rules = rulesOf([from]).of(permission, web)
    expect(rules.from.forListener(http)?.map(({ conf }) => conf)).toEqual([{ action: 'Allow' }])
    expect(rules.from.forListener(admin)).toBeUndefined()
    expect(rules.inbound.forListener(http)).toEqual([])
  })

  it('say why there are none', () => {
    const from = Array.from({ length: 20 }, (_, i) => ({
      targetRef: { kind: 'MeshSubset', tags: { [`t${i}`]: 'x' } },
      default: { action: 'Allow' },
    }))
    const rules = rulesOf([policy('MeshTrafficPermission', 'p', { from })]).of(permission, web)
    expect(rules.from.forListener(http)).toEqual([])
    expect(toIssues(rules)).toMatchObject([{ level: 'warning', message: expect.stringContaining('the tags of 20 entries overlap') }])
  })
})

describe('rules for the whole proxy and for gateways', () => {
  it('merge the defaults of all policies', () => {
    const rules = rulesOf([policy('MeshTrace', 'b', { default: { a: 1, b: 1 } }), policy('MeshTrace', 'a', { default: { b: 2 } })])
    expect(rules.of(trace, web).single?.conf).toEqual({ a: 1, b: 2 })
    expect(rules.of(timeout, web).single).toBeUndefined()
    expect(rulesOf([]).of(trace, web).single).toBeUndefined()
  })

  it('differ by listener and host name of a built-in gateway', () => {
    const edge = resource<ProxySpec>('Dataplane', 'edge-1', {
      networking: { address: '10.0.0.9', gateway: { type: 'BUILTIN', tags: { 'kuma.io/service': 'edge' } } },
    })
    const gateway = resource('MeshGateway', 'edge', {
      selectors: [{ match: { 'kuma.io/service': 'edge' } }],
      conf: {
        listeners: [
          { port: 80, hostname: 'a.com', tags: { site: 'a' } },
          { port: 80, tags: { site: 'b' } },
        ],
      },
    })
    const onA = policy('MeshTimeout', 'p', {
      targetRef: { kind: 'MeshGateway', name: 'edge', tags: { site: 'a' } },
      to: [{ targetRef: { kind: 'Mesh' }, default: { a: 1 } }],
    })
    const rules = rulesOf([gateway, onA]).of(timeout, edge)
    const listener = { address: '10.0.0.9', port: 80 }
    expect(rules.gateway.forListener(listener).forTags({})?.conf).toEqual({ a: 1 })
    expect(rules.gateway.forHostname(listener, 'a.com').forTags({})?.conf).toEqual({ a: 1 })
    expect(rules.gateway.forHostname(listener).forTags({})).toBeUndefined()
  })

  it('let the newest policy win for a host name, whatever else counts elsewhere', () => {
    const edge = resource<ProxySpec>('Dataplane', 'edge-1', {
      networking: { address: '10.0.0.9', gateway: { type: 'BUILTIN', tags: { 'kuma.io/service': 'edge' } } },
    })
    const gateway = resource('MeshGateway', 'edge', { conf: { listeners: [{ port: 80 }] } })
    const made = (name: string, creationTime: string, targetRef?: object) =>
      ({
        ...policy('MeshTimeout', name, { targetRef, to: [{ targetRef: { kind: 'Mesh' }, default: { by: name } }] } as PolicySpec),
        creationTime,
      }) as Resource
    const older = made('a', '2026-01-01T00:00:00.5Z', { kind: 'MeshGateway', name: 'edge' })
    const newer = made('b', '2026-01-01T00:00:01Z')
    const rules = rulesOf([gateway, newer, older]).of(timeout, edge)
    const listener = { address: '10.0.0.9', port: 80 }
    expect(rules.gateway.forHostname(listener).forTags({})?.conf).toEqual({ by: 'b' })
    expect(rules.gateway.forListener(listener).forTags({})?.conf).toEqual({ by: 'a' })
  })
})

describe('rules at a zone egress', () => {
  const tags = { 'kuma.io/service': 'aws', 'kuma.io/protocol': 'http' }

  it('take `from` of policies on the service', () => {
    const rules = rulesOf([
      policy('MeshTrafficPermission', 'a', {
        targetRef: { kind: 'MeshService', name: 'aws' },
        from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Allow' } }],
      }),
      policy('MeshTrafficPermission', 'b', {
        targetRef: { kind: 'MeshService', name: 'x' },
        from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Deny' } }],
      }),
      policy('MeshTrafficPermission', 'c', {
        targetRef: { kind: 'MeshServiceSubset', name: 'aws', tags: { 'kuma.io/protocol': 'tcp' } },
        from: [{ targetRef: { kind: 'Mesh' }, default: { action: 'Deny' } }],
      }),
    ])
    expect(rules.ofExternalService(permission, tags).from.map(({ conf }) => conf)).toEqual([{ action: 'Allow' }])
  })

  it('take `to` entries for the service, for the clients that their policies select', () => {
    const rules = rulesOf([
      policy('MeshHealthCheck', 'a', {
        targetRef: { kind: 'MeshService', name: 'web' },
        to: [{ targetRef: { kind: 'MeshService', name: 'aws' }, default: { a: 1 } }],
      }),
      policy('MeshHealthCheck', 'b', {
        to: [
          { targetRef: { kind: 'MeshService', name: 'x' }, default: { b: 1 } },
          { targetRef: { kind: 'Mesh' }, default: { c: 1 } },
        ],
      }),
    ])
    expect(rules.ofExternalService(healthCheck, tags).from.map(({ subset, conf }) => [subset.map(({ value }) => value), conf])).toEqual([
      [['web'], { a: 1, c: 1 }],
      [[], { c: 1 }],
    ])
    expect(rules.atEgress(healthCheck).forResource('kri_extsvc_default___aws_443')?.confs).toEqual([{ c: 1 }])
    expect(rules.ofExternalService(trace, tags)).toEqual({ from: [], inbound: [], warnings: [] })
  })
})

describe('the engine as a whole', () => {
  it('leaves shadow policies out unless they are asked for', () => {
    const shadow = policy('MeshTrace', 'p', { default: { a: 1 } }, { 'kuma.io/effect': 'shadow' })
    expect(rulesOf([shadow]).of(trace, web).policies).toEqual([])
    expect(rulesOf([shadow], { includeShadow: true }).of(trace, web).policies).toEqual([shadow])
  })

  it('tells whether a policy concerns a proxy', () => {
    const rules = rulesOf([])
    const onWeb = policy('MeshTrace', 'p', { targetRef: { kind: 'MeshService', name: 'web' }, default: {} }, { 'kuma.io/effect': 'shadow' })
    const onOther = policy('MeshTrace', 'p', { targetRef: { kind: 'MeshService', name: 'other' }, default: {} })
    expect([rules.selects(onWeb, web), rules.selects(onOther, web)]).toEqual([true, false])
  })

  it('makes what only depends on the matching policies once for all proxies', () => {
    const rules = rulesOf([policy('MeshTimeout', 'p', { to: [{ targetRef: { kind: 'Mesh' }, default: { a: 1 } }] })])
    const other = resource<ProxySpec>('Dataplane', 'web-2', web.spec)
    expect(rules.of(timeout, other).to).toBe(rules.of(timeout, web).to)
  })

  it('does not depend on the order in which resources come in', () => {
    const conf = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(9))
    const entry = fc.record({ targetRef: fc.constantFrom({ kind: 'Mesh' }, { kind: 'MeshService', name: 'orders' }), default: conf })
    const top = fc.constantFrom(
      undefined,
      { kind: 'Dataplane', name: 'web-1' },
      { kind: 'Dataplane' },
      { kind: 'Dataplane', labels: {} },
      { kind: 'MeshService', name: 'web' },
    )
    const spec = fc.record({ targetRef: top, to: fc.array(entry, { maxLength: 3 }), from: fc.array(entry, { maxLength: 3 }) })
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(fc.string({ minLength: 1 }), spec), { selector: ([name]) => name, maxLength: 8 }), (list) => {
        const policies = list.map(([name, given]) => policy('MeshTimeout', name, given))
        const service = resource('MeshService', 'orders', { ports: [{ port: 80 }] })
        const seen = (resources: readonly Resource[]) => {
          const { to, inbound, from } = rulesOf(resources).of(timeout, web)
          return [
            to.services,
            [...to.resources.values()].sort((a, b) => (a.kri < b.kri ? -1 : 1)),
            inbound.forListener(http),
            from.forListener(http),
          ]
        }
        expect(seen([service, ...policies].reverse())).toEqual(seen([service, ...policies]))
      }),
    )
  })
})
