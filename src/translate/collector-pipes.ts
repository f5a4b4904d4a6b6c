import type { MeshOpenTelemetryBackendSpec } from '../core/kinds/mesh-open-telemetry-backend.js'
import type { ProxyDraft } from './draft.js'
import { addDynamicConfig } from './dynamic-config.js'
import { hostPort } from './envoy/address.js'
import { jsonText } from './json-text.js'
import type { Collector } from './open-telemetry.js'
import { type SignalPlan, signalPlan } from './collector-plan.js'
import type { ProxyContext } from './proxy.js'
import { socketPath } from './sockets.js'

/** What kuma-dp takes from Envoy and the application, to send it on. */
export type Signal = 'traces' | 'logs' | 'metrics'

/** A collector that kuma-dp sends to, and what of. */
export interface CollectorPipe {
  readonly collector: Collector
  readonly plans: Map<Signal, SignalPlan>
}

/** Has kuma-dp send a kind of data on to a collector. */
export function addCollectorPipe(
  proxy: ProxyContext,
  draft: ProxyDraft,
  collector: Collector,
  signal: Signal,
  refreshInterval?: string,
): void {
  const plans = draft.collectorPipes.get(collector.name)?.plans ?? new Map<Signal, SignalPlan>()
  draft.collectorPipes.set(collector.name, { collector, plans })
  plans.set(signal, signalPlan(proxy.metadata.raw['otelEnvInventory'], collector.backend?.spec.env, signal, refreshInterval))
}

/** Tells kuma-dp of all collectors. Called once everything that uses some is built. */
export function buildCollectorPipes(proxy: ProxyContext, draft: ProxyDraft): void {
  const pipes = [...draft.collectorPipes.values()].sort((a, b) => (a.collector.name < b.collector.name ? -1 : 1))
  if (pipes.length === 0) return
  const users = (signal: Signal) => pipes.filter(({ plans }) => plans.has(signal)).length
  const backends = pipes.map(({ collector, plans }) => {
    const planOf = (signal: Signal) => {
      const plan = plans.get(signal)
      return plan && users(signal) > 1 ? withRivals(plan, collector) : plan
    }
    return {
      ...describe(collector, proxy),
      traces: planOf('traces'),
      logs: planOf('logs'),
      metrics: planOf('metrics'),
    }
  })
  addDynamicConfig(proxy, draft, { name: proxy.unifiedNaming ? 'otel' : '/otel', path: '/otel', body: jsonText({ backends }) })
}

function describe({ name, host, port, protocol, path, backend }: Collector, { metadata }: ProxyContext) {
  const http = protocol === 'http'
  return {
    name,
    socketPath: socketPath.openTelemetry(metadata.workDir ?? '', name),
    endpoint: hostPort(host, port),
    useHTTP: http,
    useHTTPS: (http && port === 443) || undefined,
    path: path || undefined,
    envPolicy: envPolicy(backend?.spec.env),
  }
}

function envPolicy(env: MeshOpenTelemetryBackendSpec['env']) {
  return env && { mode: env.mode, precedence: env.precedence, allowSignalOverrides: (env.allowSignalOverrides ?? true) || undefined }
}

/** Settings in the environment name one collector: they can't speak for several. */
function withRivals(plan: SignalPlan, { backend }: Collector): SignalPlan {
  const disabled = backend?.spec.env?.mode === 'Disabled'
  if (!plan.envInputPresent || disabled) return plan
  return { ...plan, blockedReasons: [...(plan.blockedReasons ?? []), 'MultipleBackendsForSignal'] }
}
