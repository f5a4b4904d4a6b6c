import type { ClusterDraft, Origin, ProxyDraft } from '../../draft.js'
import { originalDstCluster, speakHttp } from '../../envoy/cluster.js'
import { enabledPassthrough } from '../../mesh-context.js'
import { names } from '../../names.js'
import { type Protocol, isHttp2 } from '../../protocol.js'
import type { ProxyContext } from '../../proxy.js'
import { concerns, passthroughChain } from './chains.js'
import { inspectors } from './inspectors.js'
import { contestedPorts, matchersOf } from './matchers.js'
import { MeshPassthrough, type PassthroughConf } from './schema.js'

/** Only transparent proxies have connections to pass through. */
export function match({ mesh, dataplane, transparentProxy, metadata }: ProxyContext): PassthroughConf | undefined {
  const gateway = dataplane.spec.networking?.gateway?.type === 'BUILTIN'
  if (gateway || !transparentProxy || metadata.features.has('feature-bind-outbounds')) return undefined
  return mesh.rules.of<PassthroughConf>(MeshPassthrough, dataplane).single?.conf
}

const versions = [4, 6] as const

/** Without the cluster that they lead to, connections that match nothing end here. */
export function proxy(conf: PassthroughConf, draft: ProxyDraft, context: ProxyContext): void {
  const allowed = enabledPassthrough(context.mesh.mesh)
  const { passthroughMode: mode = 'Matched' } = conf
  if (mode === 'All') {
    if (!allowed) for (const version of versions) addCluster(draft, outboundName(version, context), 'tcp', 'transparent')
    return
  }
  for (const version of versions) draft.clusters.delete(outboundName(version, context))
  if (mode === 'None') return
  const contested = contestedPorts(conf)
  if (contested.length > 0) {
    const ports = contested.map((port) => port ?? 'without a number').join(', ')
    const message = `http, http2 and grpc can't be told apart on port ${ports}: matches of several policies meet there, nothing passes`
    context.report({ level: 'error', code: 'contested-port', path: 'spec.default.appendMatch', message })
  } else letPass(conf, draft, context)
}

function outboundName(version: 4 | 6, { unifiedNaming }: ProxyContext): string {
  return unifiedNaming ? names.unifiedPassthrough('outbound', version) : names.outboundPassthrough(version)
}

function letPass(conf: PassthroughConf, draft: ProxyDraft, context: ProxyContext): void {
  const matchers = matchersOf(conf)
  const silentPorts = matchers.flatMap(({ protocol, port }) => (protocol === 'mysql' && port !== undefined ? [port] : []))
  const clusters = new Map<string, Protocol>()
  for (const version of versions) {
    const listener = draft.listeners.get(outboundName(version, context))
    const concerned = matchers.filter((matcher) => concerns(matcher, version))
    if (!listener || concerned.length === 0) continue
    const passing = concerned.map((matcher) => passthroughChain(matcher, context))
    for (const { clusters: led } of passing) for (const [name, protocol] of led) clusters.set(name, protocol)
    const chains = passing.map(({ chain }) => chain)
    listener.chains.splice(0, listener.chains.length, ...chains)
    listener.message.filterChains = chains.map(({ message }) => message)
    listener.message.listenerFilters = [...(listener.message.listenerFilters ?? []), ...inspectors(silentPorts)]
  }
  for (const [name, protocol] of clusters) addCluster(draft, name, protocol, 'meshpassthrough')
}

function addCluster(draft: ProxyDraft, name: string, protocol: Protocol, origin: Origin): void {
  const cluster: ClusterDraft = { name, origin, message: originalDstCluster(name), protocol }
  if (isHttp2(protocol)) speakHttp(cluster, 2)
  draft.clusters.set(name, cluster)
}
