import grpc from '@grpc/grpc-js'
import { ExportMetricsServiceRequest } from '../../../gen/opentelemetry/proto/collector/metrics/v1/metrics_service.js'
import { parseDuration } from '../../../core/duration.js'
import type { Logger } from '../../log.js'
import type { MetricsCollector } from './collector.js'
import type { MeshMetricConfig } from './mesh-metric-config.js'
import { otlpMetrics } from './otlp.js'

export interface ExportersOptions {
  readonly collector: MetricsCollector
  /** This program's version. */
  readonly version: string
  readonly log: Logger
}

const exportMethod = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'
const defaultIntervalMs = 60_000
const timeoutMs = 10_000

interface Exporter {
  stop(): void
}

/** Sends metrics to OpenTelemetry collectors again and again, each through the Unix socket by which Envoy leads to it. */
export class Exporters {
  private readonly running = new Map<string, Exporter>()

  constructor(private readonly options: ExportersOptions) {}

  /** Sends to the backends of a MeshMetric from now on, and to no others. Those that stay as they are go on. */
  configure({ observability: { metrics } }: MeshMetricConfig): void {
    const wanted = new Map<string, { readonly endpoint: string; readonly refreshInterval: string }>(
      (metrics.backends ?? []).flatMap(({ openTelemetry: to }) => (to ? [[`${to.endpoint} ${to.refreshInterval}`, to] as const] : [])),
    )
    for (const [key, exporter] of this.running) {
      if (wanted.has(key)) continue
      exporter.stop()
      this.running.delete(key)
    }
    for (const [key, { endpoint, refreshInterval }] of wanted) {
      if (!this.running.has(key)) this.running.set(key, this.start(endpoint, intervalOf(refreshInterval)))
    }
  }

  close(): void {
    for (const exporter of this.running.values()) exporter.stop()
    this.running.clear()
  }

  private start(socketPath: string, intervalMs: number): Exporter {
    const { collector, version, log } = this.options
    const client = new grpc.Client(`unix:${socketPath}`, grpc.credentials.createInsecure())
    const send = async () => {
      const families = await collector.families({ labelName: (name) => name })
      await exportTo(client, otlpMetrics(families, { now: Date.now(), version }))
    }
    let busy = false
    const timer = setInterval(() => {
      if (busy) return
      busy = true
      send()
        .catch((error: Error) => log.warn({ socketPath }, `metrics are not taken by the collector: ${error.message}`))
        .finally(() => (busy = false))
    }, intervalMs)
    log.info({ socketPath, intervalMs }, 'metrics are sent to a collector')
    return {
      stop() {
        clearInterval(timer)
        client.close()
      },
    }
  }
}

function intervalOf(text: string): number {
  const parsed = parseDuration(text)
  return (parsed.ok && Number(parsed.nanos / 1_000_000n)) || defaultIntervalMs
}

/** The answer tells only of what was left out, which nobody here could mend. */
function exportTo(client: grpc.Client, request: ExportMetricsServiceRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      exportMethod,
      (value: ExportMetricsServiceRequest) => Buffer.from(ExportMetricsServiceRequest.encode(value).finish()),
      (bytes: Buffer) => bytes,
      request,
      { deadline: Date.now() + timeoutMs },
      (error) => (error ? reject(error) : resolve()),
    )
  })
}
