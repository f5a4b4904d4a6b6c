import type { Dice } from './dice.js'
import {
  headerNames,
  headerValues,
  httpServices,
  methods,
  pathExpressions,
  pathPrefixes,
  paths,
  services,
  valueExpressions,
  versions,
} from './vocabulary.js'

/* Random policies as a user writes them, but for mesh and name. Some may be refused: then the mesh does without. */

export type PolicyText = { readonly type: string; readonly [field: string]: unknown }

const any = { 'kuma.io/service': '*' }

const selector = (dice: Dice): object => {
  if (dice.chance(0.3)) return { match: any }
  const service = { 'kuma.io/service': dice.pick(services) }
  return { match: dice.chance(0.3) ? { ...service, version: dice.pick(versions) } : service }
}
const selectors = (dice: Dice) => dice.some(3, () => selector(dice), 1)
const destinations = (dice: Dice) => dice.some(2, () => ({ match: dice.chance(0.4) ? any : { 'kuma.io/service': dice.pick(services) } }), 1)

const target = (dice: Dice): object => {
  const kind = dice.pick(['Mesh', 'Mesh', 'MeshSubset', 'MeshSubset', 'MeshService'])
  if (kind === 'MeshSubset')
    return {
      kind,
      tags: dice.chance(0.5) ? { version: dice.pick(versions) } : { 'kuma.io/service': dice.pick(services), version: dice.pick(versions) },
    }
  return kind === 'MeshService' ? { kind, name: dice.pick(services) } : { kind }
}

const spiffeMatch = (dice: Dice, mesh: string) =>
  dice.chance(0.4)
    ? { type: 'Prefix', value: dice.pick([`spiffe://${mesh}`, `spiffe://${mesh}/w`, `spiffe://${mesh}/api`]) }
    : { type: 'Exact', value: `spiffe://${mesh}/${dice.pick(services)}` }
const matches = (dice: Dice, mesh: string) => dice.some(2, () => ({ spiffeID: spiffeMatch(dice, mesh) }), 1)

const trafficPermission = (dice: Dice): PolicyText => ({
  type: 'TrafficPermission',
  sources: selectors(dice),
  destinations: selectors(dice),
})

const meshTrafficPermission = (dice: Dice, mesh: string): PolicyText => {
  const type = 'MeshTrafficPermission'
  if (dice.chance(0.35)) {
    const conf = {
      allow: matches(dice, mesh),
      deny: dice.maybe(0.4, () => matches(dice, mesh)),
      allowWithShadowDeny: dice.maybe(0.2, () => matches(dice, mesh)),
    }
    return { type, spec: { targetRef: dice.chance(0.5) ? { kind: 'Mesh' } : { kind: 'Dataplane' }, rules: [{ default: conf }] } }
  }
  const action = () => dice.pick(['Allow', 'Allow', 'Allow', 'Deny', 'AllowWithShadowDeny'])
  return {
    type,
    spec: { targetRef: target(dice), from: dice.some(3, () => ({ targetRef: target(dice), default: { action: action() } }), 1) },
  }
}

const stringMatch = (dice: Dice, prefixes: readonly string[], exacts: readonly string[], expressions: readonly string[]): object =>
  dice.pick([{ prefix: dice.pick(prefixes) }, { exact: dice.pick(exacts) }, { regex: dice.pick(expressions) }])
const headerMatch = (dice: Dice) => stringMatch(dice, ['t', 'v', 'a'], headerValues, valueExpressions)

const split = (dice: Dice) =>
  dice.some(
    3,
    () => ({
      weight: dice.pick([0, 100, 100, 50, 1]),
      destination: { 'kuma.io/service': dice.pick(services), ...(dice.chance(0.5) && { version: dice.pick(versions) }) },
    }),
    1,
  )

const trafficRoute = (dice: Dice): PolicyText => {
  const http = dice.some(4, () => ({
    match: {
      path: dice.maybe(0.7, () => stringMatch(dice, pathPrefixes, paths, pathExpressions)),
      method: dice.maybe(0.3, () => stringMatch(dice, ['P', 'G'], methods, ['P.*', 'GET|PUT'])),
      headers: dice.maybe(0.4, () => ({ [dice.pick(headerNames)]: headerMatch(dice) })),
    },
    modify: dice.maybe(0.5, () => ({
      path: dice.maybe(0.6, () =>
        dice.chance(0.5)
          ? { rewritePrefix: dice.pick(['/new', '/', '/n/']) }
          : { regex: { pattern: dice.pick(['^/([^/]*)', 'a', '/+']), substitution: dice.pick(['/r/\\1', 'b', '/']) } },
      ),
      host: dice.maybe(0.3, () =>
        dice.chance(0.5) ? { value: 'rewritten.example' } : { fromPath: { pattern: '^/([a-z]*).*', substitution: 'h-\\1' } },
      ),
      requestHeaders: dice.maybe(0.5, () => ({
        add: [{ name: dice.pick(headerNames), value: 'added', append: dice.chance(0.5) }],
        remove: [{ name: dice.pick(headerNames) }],
      })),
    })),
    split: split(dice),
  }))
  return { type: 'TrafficRoute', sources: selectors(dice), destinations: destinations(dice), conf: { http, split: split(dice) } }
}

const newPath = (dice: Dice) =>
  dice.chance(0.5)
    ? { type: 'ReplaceFullPath', replaceFullPath: dice.pick(['/full', '/']) }
    : { type: 'ReplacePrefixMatch', replacePrefixMatch: dice.pick(['/pre', '/', '/p/q']) }

const routeFilter = (dice: Dice): object => {
  const type = dice.pick(['RequestHeaderModifier', 'RequestHeaderModifier', 'RequestRedirect', 'URLRewrite', 'URLRewrite'])
  const name = dice.pick(headerNames)
  if (type === 'RequestHeaderModifier')
    return {
      type,
      requestHeaderModifier: dice.pick([{ set: [{ name, value: 'set' }] }, { add: [{ name, value: 'more' }] }, { remove: [name] }]),
    }
  if (type === 'URLRewrite')
    return { type, urlRewrite: { hostname: dice.maybe(0.5, () => 'rewritten.example'), path: dice.maybe(0.7, () => newPath(dice)) } }
  return {
    type,
    requestRedirect: {
      hostname: dice.maybe(0.5, () => 'elsewhere.example'),
      scheme: dice.maybe(0.4, () => dice.pick(['http', 'https'])),
      port: dice.maybe(0.4, () => dice.pick([80, 443, 8443])),
      statusCode: dice.maybe(0.5, () => dice.pick([301, 302, 303, 307, 308])),
      path: dice.maybe(0.5, () => newPath(dice)),
    },
  }
}

const backend = (dice: Dice): object => {
  const weight = dice.pick([0, 1, 1, 10, 100])
  const name = dice.pick(services)
  return dice.chance(0.4)
    ? { kind: 'MeshServiceSubset', name, tags: { version: dice.pick(versions) }, weight }
    : { kind: 'MeshService', name, weight }
}

const pathMatch = (dice: Dice) => {
  const type = dice.pick(['PathPrefix', 'PathPrefix', 'Exact', 'RegularExpression'])
  return { type, value: dice.pick(type === 'PathPrefix' ? pathPrefixes : type === 'Exact' ? paths : pathExpressions) }
}

const routeMatch = (dice: Dice) => ({
  path: dice.maybe(0.8, () => pathMatch(dice)),
  method: dice.maybe(0.25, () => dice.pick(methods)),
  headers: dice.maybe(0.35, () => {
    const type = dice.pick(['Exact', 'Prefix', 'RegularExpression', 'Present', 'Absent'])
    const value =
      type === 'Present' || type === 'Absent' ? undefined : dice.pick(type === 'RegularExpression' ? valueExpressions : headerValues)
    return [{ name: dice.pick(headerNames), type, value }]
  }),
  queryParams: dice.maybe(0.25, () => {
    const type = dice.pick(['Exact', 'RegularExpression'])
    return [
      {
        name: dice.pick(['debug', 'x']),
        type,
        value: type === 'Exact' ? dice.pick(['true', '1', '']) : dice.pick(['.*', 't.*', '[0-9]+']),
      },
    ]
  }),
})

const httpRules = (dice: Dice) =>
  dice.some(
    3,
    () => ({
      matches: dice.some(2, () => routeMatch(dice), 1),
      default: {
        filters: dice.maybe(0.5, () => dice.some(2, () => routeFilter(dice), 1)),
        backendRefs: dice.maybe(0.7, () => dice.some(3, () => backend(dice), 1)),
      },
    }),
    1,
  )

/** Not a gateway: Envoy refuses a gateway's route whose weights add up to nothing. */
const sidecars = (dice: Dice): object => {
  const ref = target(dice) as { readonly kind: string }
  return ref.kind === 'MeshService' ? ref : { ...ref, proxyTypes: ['Sidecar'] }
}

const meshHttpRoute = (dice: Dice): PolicyText => ({
  type: 'MeshHTTPRoute',
  spec: {
    targetRef: sidecars(dice),
    to: dice.some(2, () => ({ targetRef: { kind: 'MeshService', name: dice.pick(services) }, rules: httpRules(dice) }), 1),
  },
})

/** Routes of what comes in at a builtin gateway. */
export const gatewayHttpRoute = (dice: Dice): PolicyText => ({
  type: 'MeshHTTPRoute',
  spec: {
    targetRef: { kind: 'MeshGateway', name: 'edge', tags: dice.maybe(0.3, () => ({ port: dice.pick(['p0', 'p1']) })) },
    to: [
      {
        targetRef: { kind: 'Mesh' },
        hostnames: dice.maybe(0.4, () => [dice.pick(['example.com', '*.mesh', 'api'])]),
        rules: httpRules(dice).map(({ matches: of, default: conf }) => ({
          matches: of,
          // Of several weights of a service the last counts, and services that nobody reaches are left out.
          default: { ...conf, backendRefs: [...(conf.backendRefs ?? []), { kind: 'MeshService', name: 'web', weight: 1 }] },
        })),
      },
    ],
  },
})

const meshTcpRoute = (dice: Dice): PolicyText => ({
  type: 'MeshTCPRoute',
  spec: {
    targetRef: target(dice),
    to: [
      {
        targetRef: { kind: 'MeshService', name: dice.pick(services) },
        rules: [{ default: { backendRefs: dice.some(2, () => backend(dice), 1) } }],
      },
    ],
  },
})

const status = (dice: Dice) => dice.pick([400, 418, 451, 599])

const faultInjection = (dice: Dice): PolicyText => ({
  type: 'FaultInjection',
  sources: selectors(dice),
  destinations: dice.some(2, () => ({ match: { 'kuma.io/service': dice.pick(httpServices), 'kuma.io/protocol': 'http' } }), 1),
  conf: { abort: { percentage: dice.pick([0, 100, 100, 50]), httpStatus: status(dice) } },
})

const meshFaultInjection = (dice: Dice, mesh: string): PolicyText => {
  const conf = () => ({
    http: dice.some(
      2,
      () => ({
        abort: dice.maybe(0.8, () => ({ httpStatus: status(dice), percentage: dice.pick([0, 100, '50']) })),
        delay: dice.maybe(0.3, () => ({ value: '1ms', percentage: 100 })),
      }),
      1,
    ),
  })
  const spec = dice.chance(0.4)
    ? { rules: dice.some(2, () => ({ matches: dice.maybe(0.8, () => matches(dice, mesh)), default: conf() }), 1) }
    : { from: dice.some(2, () => ({ targetRef: target(dice), default: conf() }), 1) }
  return { type: 'MeshFaultInjection', spec: { targetRef: { ...target(dice), proxyTypes: undefined }, ...spec } }
}

const rateLimit = (dice: Dice): PolicyText => ({
  type: 'RateLimit',
  sources: selectors(dice),
  destinations: [{ match: { 'kuma.io/service': dice.pick(httpServices) } }],
  conf: { http: { requests: 1_000_000, interval: '1s' } },
})

const meshRateLimit = (dice: Dice, mesh: string): PolicyText => {
  const conf = () => ({ local: { http: { requestRate: { num: 1_000_000, interval: '1s' } } } })
  const spec = dice.chance(0.5)
    ? { rules: dice.some(2, () => ({ matches: dice.maybe(0.7, () => matches(dice, mesh)), default: conf() }), 1) }
    : { from: [{ targetRef: { kind: 'Mesh' }, default: conf() }] }
  return { type: 'MeshRateLimit', spec: { targetRef: target(dice), ...spec } }
}

const meshTimeout = (dice: Dice, mesh: string): PolicyText => {
  const conf = () => ({ http: { requestTimeout: dice.pick(['10s', '20s']) }, idleTimeout: '1h' })
  const spec = dice.chance(0.5)
    ? { rules: dice.some(2, () => ({ matches: dice.maybe(0.6, () => matches(dice, mesh)), default: conf() }), 1) }
    : { to: [{ targetRef: { kind: 'Mesh' }, default: conf() }] }
  return { type: 'MeshTimeout', spec: { targetRef: target(dice), ...spec } }
}

const meshRetry = (dice: Dice): PolicyText => ({
  type: 'MeshRetry',
  spec: {
    targetRef: target(dice),
    to: [{ targetRef: { kind: 'Mesh' }, default: { http: { numRetries: 1, retryOn: ['ConnectFailure'] } } }],
  },
})

const meshLoadBalancingStrategy = (dice: Dice): PolicyText => ({
  type: 'MeshLoadBalancingStrategy',
  spec: { targetRef: target(dice), to: [{ targetRef: { kind: 'Mesh' }, default: { localityAwareness: { disabled: dice.chance(0.5) } } }] },
})

/** Each family of kinds with how many a mesh has at most. */
const families: readonly (readonly [most: number, make: (dice: Dice, mesh: string) => PolicyText])[] = [
  [2, meshTimeout],
  [1, meshRetry],
  [1, meshLoadBalancingStrategy],
  [1, rateLimit],
  [1, meshRateLimit],
  [1, meshTcpRoute],
]

/** A mesh's policies: now one family of a kind, now the other, now both. */
export function randomPolicies(dice: Dice, mesh: string): PolicyText[] {
  const everyone: PolicyText = { type: 'TrafficPermission', sources: [{ match: any }], destinations: [{ match: any }] }
  const all: PolicyText = { type: 'TrafficRoute', sources: [{ match: any }], destinations: [{ match: any }], conf: { destination: any } }
  const permissions = dice.pick([
    () => [everyone],
    () => dice.some(4, () => trafficPermission(dice), 1),
    () => dice.some(4, () => meshTrafficPermission(dice, mesh), 1),
    () => [everyone, ...dice.some(3, () => meshTrafficPermission(dice, mesh), 1)],
  ])()
  const routes = dice.pick([
    () => [all, ...dice.some(4, () => trafficRoute(dice), 1)],
    () => dice.some(4, () => meshHttpRoute(dice), 1),
    () => [all, ...dice.some(2, () => trafficRoute(dice)), ...dice.some(3, () => meshHttpRoute(dice), 1)],
  ])()
  const faults = dice.chance(0.4) ? dice.some(2, () => (dice.chance(0.5) ? faultInjection(dice) : meshFaultInjection(dice, mesh)), 1) : []
  const others = families.flatMap(([most, make]) => (dice.chance(0.35) ? dice.some(most, () => make(dice, mesh), 1) : []))
  return [...permissions, ...routes, ...faults, ...others]
}
