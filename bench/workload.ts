/**
 * Meshes for benchmarks: builtin mTLS, proxies over services, policies of the targetRef family for all of them. Each proxy dials
 * the services that follow its own.
 */
import type { DataplaneSpec } from '../src/core/kinds/dataplane.js'
import type { Resource } from '../src/core/resource.js'
import type { ProxyOptions } from '../src/translate/translate.js'

export interface Workload {
  readonly proxies: number
  readonly services: number
  /** Services that each proxy dials. */
  readonly outbounds: number
  readonly policies: boolean
}

const mesh = 'bench'
const everybody = { kind: 'Mesh' }
const service = (i: number) => `svc-${i}`

const policy = (type: string, name: string, spec: object): Resource => ({ type, mesh, name, labels: {}, spec })
const to = (targetRef: object, conf: object) => ({ targetRef: everybody, to: [{ targetRef, default: conf }] })

/** The policy that benchmarks change: it is in every cluster and every route. */
export function timeoutForAll(seconds: number): Resource {
  const conf = { connectionTimeout: `${seconds}s`, idleTimeout: '1h', http: { requestTimeout: `${seconds}s` } }
  return policy('MeshTimeout', 'timeout-all', to(everybody, conf))
}

/** A policy for the proxies of one service. */
export function timeoutForService(i: number, seconds: number): Resource {
  const targetRef = { kind: 'MeshSubset', tags: { 'kuma.io/service': service(i) } }
  return policy('MeshTimeout', 'timeout-narrow', { ...to(everybody, { connectionTimeout: `${seconds}s` }), targetRef })
}

const policies = (): Resource[] => [
  policy('MeshTrafficPermission', 'allow-all', { targetRef: everybody, from: [{ targetRef: everybody, default: { action: 'Allow' } }] }),
  timeoutForAll(5),
  policy('MeshTimeout', 'timeout-one', to({ kind: 'MeshService', name: service(1) }, { http: { streamIdleTimeout: '30m' } })),
  policy('MeshRetry', 'retry-all', to(everybody, { http: { numRetries: 5, perTryTimeout: '16s' } })),
  policy('MeshCircuitBreaker', 'breaker-all', to(everybody, { connectionLimits: { maxConnections: 1024, maxRequests: 1024 } })),
  policy(
    'MeshHealthCheck',
    'health-all',
    to(everybody, { interval: '10s', timeout: '2s', unhealthyThreshold: 3, healthyThreshold: 1, http: { path: '/health' } }),
  ),
  policy('MeshAccessLog', 'log-all', to(everybody, { backends: [{ type: 'File', file: { path: '/tmp/access.log' } }] })),
  policy('MeshHTTPRoute', 'route-one', {
    targetRef: everybody,
    to: [
      {
        targetRef: { kind: 'MeshService', name: service(0) },
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/v2' } }],
            default: {
              backendRefs: ['v1', 'v2'].map((version, i) => ({
                kind: 'MeshServiceSubset',
                name: service(0),
                tags: { version },
                weight: i === 0 ? 90 : 10,
              })),
            },
          },
        ],
      },
    ],
  }),
]

/** One of the proxies; at another address where one is given. */
export function proxyOf({ services, outbounds }: Workload, i: number, address?: string): Resource<DataplaneSpec> {
  const own = i % services
  const tags = { 'kuma.io/service': service(own), 'kuma.io/protocol': 'http', version: `v${1 + (Math.floor(i / services) % 2)}` }
  const name = `dp-${i}`
  return {
    type: 'Dataplane',
    mesh,
    name,
    labels: { 'kuma.io/display-name': name, 'kuma.io/mesh': mesh },
    spec: {
      networking: {
        address: address ?? `10.${1 + Math.floor(i / 62500)}.${Math.floor(i / 250) % 250}.${1 + (i % 250)}`,
        inbound: [{ port: 8080, servicePort: 9080, tags }],
        outbound: Array.from({ length: outbounds }, (_, j) => {
          const target = (own + 1 + j) % services
          return { port: 10000 + target, tags: { 'kuma.io/service': service(target) } }
        }),
      },
    },
  }
}

export function resourcesOf(workload: Workload): Resource[] {
  const mtls = { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] }
  return [
    { type: 'Mesh', name: mesh, labels: {}, spec: { mtls } },
    ...(workload.policies ? policies() : []),
    ...Array.from({ length: workload.proxies }, (_, i) => proxyOf(workload, i)),
  ]
}

const pem = new TextEncoder().encode('x'.repeat(900))

/** A certificate in size, if in nothing else. */
export const certificate: ProxyOptions = {
  identity: { certificateChain: pem, privateKey: pem, trustedCas: new Map([[mesh, pem]]) },
}
