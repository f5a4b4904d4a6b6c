import type { ClusterDraft, InboundDraft, ProxyDraft } from '../../draft.js'
import type { GatewayDraft } from '../../gateway/draft.js'
import { type Inbound, type ProxyContext, serviceLessPort } from '../../proxy.js'
import { inboundMode as effectiveMode } from '../../server-tls.js'
import { addInboundPassthrough } from '../../transparent-proxy.js'
import type { MatchedTls } from './match.js'
import { clientParameters, serverParameters, setParameters, workloadParameters } from './parameters.js'

const modes = { Strict: 'STRICT', Permissive: 'PERMISSIVE' } as const

export function inboundMode(matched: MatchedTls, inbound: Inbound): 'STRICT' | 'PERMISSIVE' | undefined {
  const { mode } = matched.inbound(inbound)
  return mode && modes[mode]
}

export function inbound(matched: MatchedTls, { inbound, listener }: InboundDraft, { workloadIdentity }: ProxyContext): void {
  const conf = matched.inbound(inbound)
  const parameters = workloadIdentity ? workloadParameters(conf) : serverParameters(conf)
  for (const { message } of listener.chains) setParameters(message.transportSocket, parameters)
}

/** Clusters of services that the proxy has an outbound for, and of real services. What is outside of the mesh has TLS of its own. */
export function cluster({ everywhere }: MatchedTls, { message, destination }: ClusterDraft, { mesh, outbounds }: ProxyContext): void {
  if (!destination || destination.mesh !== undefined) return
  const { service, resource } = destination
  const dialled = () => outbounds.some((outbound) => outbound.resource === undefined && outbound.service === service)
  const inside = resource === undefined ? dialled() && !mesh.isExternalService(service) : !destination.external
  if (inside) setParameters(message.transportSocket, clientParameters(everywhere))
}

export function gateway({ everywhere }: MatchedTls, { clusters }: GatewayDraft): void {
  for (const { cluster } of clusters) setParameters(cluster.message.transportSocket, clientParameters(everywhere))
}

/** In Strict mode only declared ports are open. There is one listener for the others: as in Kuma, it follows the last inbound. */
export function proxy(matched: MatchedTls, draft: ProxyDraft, context: ProxyContext): void {
  const last = context.inbounds.findLast(({ port }) => port !== serviceLessPort)
  if (!last) return
  const strict = effectiveMode(context, inboundMode(matched, last)) === 'STRICT'
  addInboundPassthrough(4, strict, context, draft)
  addInboundPassthrough(6, strict, context, draft)
}
