import type { MeshSpec } from './kinds/mesh.js'
import type { Resource } from './resource.js'

const wholeMesh = { kind: 'Mesh' } as const

const retries = { numRetries: 5, perTryTimeout: '16s', backOff: { baseInterval: '25ms', maxInterval: '250ms' } }

/** What a control plane puts into a new mesh, in the order in which it does. Durations are as OpenAPI kinds keep them. */
const initialPolicies = [
  {
    type: 'MeshTimeout',
    prefix: 'mesh-gateways-timeout-all',
    spec: {
      targetRef: { ...wholeMesh, proxyTypes: ['Gateway'] },
      to: [{ targetRef: wholeMesh, default: { idleTimeout: '1h0m0s', http: { streamIdleTimeout: '5s' } } }],
      from: [
        {
          targetRef: wholeMesh,
          default: { idleTimeout: '5m0s', http: { streamIdleTimeout: '5s', requestHeadersTimeout: '500ms' } },
        },
      ],
    },
  },
  {
    type: 'MeshTimeout',
    prefix: 'mesh-timeout-all',
    spec: {
      targetRef: { ...wholeMesh, proxyTypes: ['Sidecar'] },
      to: [
        {
          targetRef: wholeMesh,
          default: {
            connectionTimeout: '5s',
            idleTimeout: '1h0m0s',
            http: { requestTimeout: '15s', streamIdleTimeout: '30m0s' },
          },
        },
      ],
      from: [
        {
          targetRef: wholeMesh,
          default: {
            connectionTimeout: '10s',
            idleTimeout: '2h0m0s',
            http: { requestTimeout: '0s', streamIdleTimeout: '1h0m0s', maxStreamDuration: '0s' },
          },
        },
      ],
    },
  },
  {
    type: 'MeshCircuitBreaker',
    prefix: 'mesh-circuit-breaker-all',
    spec: {
      targetRef: wholeMesh,
      to: [
        {
          targetRef: wholeMesh,
          default: { connectionLimits: { maxConnections: 1024, maxPendingRequests: 1024, maxRetries: 3, maxRequests: 1024 } },
        },
      ],
    },
  },
  {
    type: 'MeshRetry',
    prefix: 'mesh-retry-all',
    spec: {
      targetRef: wholeMesh,
      to: [{ targetRef: wholeMesh, default: { tcp: { maxConnectAttempt: 5 }, http: retries, grpc: retries } }],
    },
  },
] as const

/** The policies that a new Mesh brings, as parsed: without labels and times. Those it says to skip are left out. */
export function initialPoliciesOf({ name, spec }: Resource<MeshSpec>): Resource[] {
  const skipped = new Set(spec.skipCreatingInitialPolicies)
  if (skipped.has('*')) return []
  return initialPolicies
    .filter(({ type }) => !skipped.has(type))
    .map(({ type, prefix, spec }) => ({ type, mesh: name, name: `${prefix}-${name}`, labels: {}, spec }))
}

/** The mesh that every control plane starts with. */
export const defaultMesh: Resource<MeshSpec> = { type: 'Mesh', name: 'default', labels: {}, spec: {} }
