import type { MeshSpec } from '../../../core/kinds/mesh.js'
import type { Resource } from '../../../core/resource.js'
import { TrafficDirection } from '../../../gen/envoy/config/core/v3/base.js'
import { defaultLogFormats, fillFormat, type LogValues } from '../../access-log-format.js'
import type { FilterChainDraft, OutboundDraft, ProxyDraft } from '../../draft.js'
import { fileAccessLog } from '../../envoy/access-log.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import { unknownBackend } from '../../mesh-backends.js'
import type { ProxyContext } from '../../proxy.js'
import { socketPath } from '../../sockets.js'
import { outboundPolicies, passThroughService } from '../../source-destination.js'
import type { TrafficLogSpec } from './schema.js'

type LoggingBackend = NonNullable<NonNullable<MeshSpec['logging']>['backends']>[number]

export interface MatchedLogs {
  /** The mesh's backend that connections to a service are logged to. */
  backendOf(service: string): LoggingBackend | undefined
}

/** A backend that the mesh doesn't have logs nothing, which is worth a warning. */
export function match({ mesh, tagSets, report }: ProxyContext): MatchedLogs | undefined {
  const logs = mesh.resourcesOf<TrafficLogSpec>('TrafficLog')
  if (logs.length === 0) return undefined
  const policyOf = outboundPolicies(logs, tagSets)
  const { backends = [], defaultBackend } = mesh.mesh.spec.logging ?? {}
  const backendOf = (policy: Resource<TrafficLogSpec>) => {
    const name = policy.spec.conf?.backend || defaultBackend
    const backend = backends.find((b) => b.name === name)
    if (!backend) report(unknownBackend('logging', policy, name, backends))
    return backend
  }
  const found = new Map<Resource, LoggingBackend | undefined>()
  return {
    backendOf(service) {
      const policy = policyOf(service)
      if (policy && !found.has(policy)) found.set(policy, backendOf(policy))
      return policy && found.get(policy)
    },
  }
}

export function outbound({ backendOf }: MatchedLogs, { outbound, listener, connection }: OutboundDraft, proxy: ProxyContext): void {
  const backend = connection && backendOf(outbound.service)
  if (backend) for (const chain of listener.chains) log(chain, backend, 'OUTBOUND', outbound.service, proxy)
}

/** What leaves the mesh, and what goes past load balancing. */
export function passthrough({ backendOf }: MatchedLogs, draft: ProxyDraft, proxy: ProxyContext): void {
  const backend = backendOf(passThroughService)
  if (!backend) return
  for (const { name, origin, message, chains } of draft.listeners.values()) {
    for (const chain of chains) {
      if (origin === 'direct-access') log(chain, backend, 'OUTBOUND', name, proxy)
      else if (origin === 'transparent' && message.trafficDirection === TrafficDirection.OUTBOUND) {
        log(chain, backend, 'UNSPECIFIED', 'external', proxy)
      }
    }
  }
}

/** What a gateway takes may go to any service: the policy of what passes through holds for all of it. */
export function gateway({ backendOf }: MatchedLogs, { envoyListener }: GatewayDraft, proxy: ProxyContext): void {
  const backend = backendOf(passThroughService)
  if (backend) for (const chain of envoyListener.chains) log(chain, backend, 'INBOUND', '*', proxy)
}

function log(
  chain: FilterChainDraft,
  backend: LoggingBackend,
  direction: LogValues['direction'],
  destinationService: string,
  proxy: ProxyContext,
): void {
  const target = chain.hcm ?? chain.tcpProxy
  if (!target) return
  const networking = proxy.dataplane.spec.networking
  const format = backend.format || (chain.hcm ? defaultLogFormats.http : defaultLogFormats.tcp)
  const line = fillFormat(format, {
    sourceService: proxy.service,
    sourceAddress: networking?.advertisedAddress || networking?.address || '',
    destinationService,
    mesh: proxy.mesh.name,
    direction,
  })
  const accessLog = toBackend(backend, `${line}\n`, proxy)
  if (accessLog) target.accessLog = [...(target.accessLog ?? []), accessLog]
}

/** TCP backends are kuma-dp's: it reads lines from a Unix socket and sends each to the address in front of it. */
function toBackend({ type, conf }: LoggingBackend, line: string, { metadata, dataplane, mesh }: ProxyContext) {
  if (type === 'file') return fileAccessLog(String(conf?.['path'] ?? ''), { format: line })
  if (type !== 'tcp') return undefined
  const socket = socketPath.accessLog(metadata.workDir ?? '', dataplane.name, mesh.name)
  return fileAccessLog(socket, { format: `${String(conf?.['address'] ?? '')};${line}` })
}
