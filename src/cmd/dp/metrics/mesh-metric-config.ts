import type { SidecarMetrics } from './profiles.js'

/** What the control plane tells kuma-dp of MeshMetrics, at `/meshmetric` of its dynamic configuration. Lists may be null. */
export interface MeshMetricConfig {
  readonly observability: {
    readonly metrics: {
      readonly applications?: readonly MeshMetricApplication[] | null
      readonly backends?: readonly MeshMetricBackend[] | null
      readonly sidecar?: SidecarMetrics
      readonly extraLabels?: Readonly<Record<string, string>> | null
    }
  }
}

export interface MeshMetricApplication {
  readonly name?: string | null
  readonly path?: string
  readonly port: number
  readonly address?: string
}

export interface MeshMetricBackend {
  readonly type: string
  readonly name?: string | null
  /** `endpoint` is a Unix socket, by which Envoy leads to the collector. */
  readonly openTelemetry?: { readonly endpoint: string; readonly refreshInterval: string }
}

/** @throws Error where the text is none */
export function readMeshMetricConfig(text: string): MeshMetricConfig {
  const config = JSON.parse(text) as Partial<MeshMetricConfig> | null
  if (typeof config?.observability?.metrics !== 'object') throw new Error('the configuration of MeshMetric holds no metrics')
  return config as MeshMetricConfig
}
