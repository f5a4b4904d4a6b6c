import type { AccessLog } from '../../../gen/envoy/config/accesslog/v3/accesslog.js'
import type { LogValues } from '../../access-log-format.js'
import { addCollectorPipe } from '../../collector-pipes.js'
import type { ProxyDraft } from '../../draft.js'
import { fileAccessLog } from '../../envoy/access-log.js'
import { systemName } from '../../names.js'
import {
  type Collector,
  collectorCluster,
  collectorHost,
  goesThroughDataplane,
  missingCollector,
  resolveCollector,
} from '../../open-telemetry.js'
import type { ProxyContext } from '../../proxy.js'
import { socketPath } from '../../sockets.js'
import { fileFormat, tcpFormat } from './formats.js'
import { collectorLog } from './open-telemetry.js'
import type { AccessLogConf, OpenTelemetryBackend } from './schema.js'

/** Envoy's loggers for a conf; the clusters of collectors come along. `fallback` is the format of backends that name none. */
export type Loggers = (conf: AccessLogConf, fallback: string, values: LogValues) => AccessLog[]

/** Collectors are numbered in the order in which they are first asked for. */
export function createLoggers(proxy: ProxyContext, draft: ProxyDraft): Loggers {
  const { metadata, dataplane, mesh } = proxy
  // Asked for only where it is needed: the name tells proxies apart that are otherwise given the same.
  const socket = () => socketPath.accessLog(metadata.workDir ?? '', dataplane.name, mesh.name)
  const clusters = new Map<string, string>()
  const missing = new Set<string>()

  function clusterOf(collector: Collector): string {
    const piped = goesThroughDataplane(collector, proxy)
    if (piped) addCollectorPipe(proxy, draft, collector, 'logs')
    const host = collectorHost(collector, proxy)
    const key = JSON.stringify(piped ? [collector.name] : [host, collector.port, collector.protocol])
    const known = clusters.get(key)
    if (known !== undefined) return known
    const unified = piped ? systemName('meshaccesslog', 'otel', collector.name) : systemName('meshaccesslog', `${host}-${collector.port}`)
    const name = proxy.unifiedNaming ? unified : `meshaccesslog:opentelemetry:${clusters.size}`
    clusters.set(key, name)
    draft.clusters.set(name, collectorCluster(name, collector, proxy, 'mesh-access-log', { tls: false }))
    return name
  }

  function logTo(backend: OpenTelemetryBackend, fallback: string, values: LogValues): AccessLog[] {
    const collector = resolveCollector(backend, mesh)
    if (collector) return [collectorLog(backend, clusterOf(collector), fallback, values)]
    const issue = missingCollector('MeshAccessLog', backend)
    if (!missing.has(issue.message)) proxy.report(issue)
    missing.add(issue.message)
    return []
  }

  return ({ backends = [] }, fallback, values) =>
    backends.flatMap(({ type, file, tcp, openTelemetry }) => {
      if (type === 'File' && file) return fileAccessLog(file.path, fileFormat(file.format, fallback, values))
      // TCP backends are kuma-dp's: it reads from a Unix socket.
      if (type === 'Tcp' && tcp) return fileAccessLog(socket(), tcpFormat(tcp.address, tcp.format, fallback, values))
      return type === 'OpenTelemetry' && openTelemetry ? logTo(openTelemetry, fallback, values) : []
    })
}
