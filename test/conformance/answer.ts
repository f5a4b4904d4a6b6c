import { placeholderIdentity, snapshotJson } from '../../src/cmd/snapshot-json.js'
import type { Resource } from '../../src/core/resource.js'
import { createFleet } from '../../src/translate/fleet.js'
import { type ConformanceCase, type JsonObject, documentsOf } from './cases.js'
import type { Check } from './run.js'

/** What we say to a case, in the shape of its expectation. */
export interface Answer {
  readonly snapshots?: { readonly [proxy: string]: JsonObject }
  readonly refusal?: JsonObject
  readonly resources?: readonly JsonObject[]
  readonly rules?: { readonly [proxy: string]: JsonObject }
}

export async function answerOf(testCase: ConformanceCase, wanted: readonly Check[]): Promise<Answer> {
  return { ...(wanted.includes('snapshots') && { snapshots: snapshotsOf(testCase) }) }
}

const protoKinds = new Set(
  `Mesh Dataplane TrafficPermission TrafficRoute Secret TrafficLog TrafficTrace HealthCheck CircuitBreaker FaultInjection Retry Timeout
  RateLimit ExternalService VirtualOutbound ProxyTemplate MeshGateway MeshGatewayRoute ZoneIngress ZoneEgress GlobalSecret Zone Config`.split(
    /\s+/,
  ),
)

function snapshotsOf(testCase: ConformanceCase): { [proxy: string]: JsonObject } {
  const documents = testCase.resources.length > 0 ? testCase.resources : documentsOf(testCase.input)
  const resources = documents.map((document) => {
    const { type, mesh, name, labels, creationTime, modificationTime, kri: _, spec, status, ...rest } = document as Record<string, unknown>
    return {
      type,
      mesh,
      name,
      labels: labels ?? {},
      creationTime,
      modificationTime,
      spec: protoKinds.has(String(type)) ? rest : (spec ?? {}),
      status,
    }
  }) as unknown as Resource[]
  const fleet = createFleet(resources)
  const identity = placeholderIdentity(resources.filter((r) => r.type === 'Mesh').map((r) => r.name))
  const proxies = fleet.proxies().filter(({ name }) => testCase.snapshots[name])
  return Object.fromEntries(
    proxies.map((proxy) => {
      const { snapshot } = fleet.translate(proxy, { metadata: testCase.metadata[proxy.name], identity })
      return [proxy.name, snapshotJson(snapshot) as unknown as JsonObject]
    }),
  )
}
