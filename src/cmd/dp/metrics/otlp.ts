import type { KeyValue } from '../../../gen/opentelemetry/proto/common/v1/common.js'
import type { ExportMetricsServiceRequest } from '../../../gen/opentelemetry/proto/collector/metrics/v1/metrics_service.js'
import {
  AggregationTemporality,
  type HistogramDataPoint,
  type Metric,
  type NumberDataPoint,
} from '../../../gen/opentelemetry/proto/metrics/v1/metrics.js'
import type { Labels, MetricFamily, Sample } from './text.js'

export interface OtlpOptions {
  /** Milliseconds since 1970, for samples that have no time of their own. */
  readonly now: number
  /** This program's version. */
  readonly version: string
}

/**
 * Metrics as OpenTelemetry has them. The quantiles of a summary are gauges, as Kuma sends them.
 * Source: OpenTelemetry docs, "Prometheus and OpenMetrics Compatibility".
 */
export function otlpMetrics(families: readonly MetricFamily[], { now, version }: OtlpOptions): ExportMetricsServiceRequest {
  const metrics = families.flatMap((family) => metricsOf(family, now))
  return { resourceMetrics: [{ resource: {}, scopeMetrics: [{ scope: { name: 'kuma', version }, metrics }] }] }
}

const cumulative = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE

function metricsOf(family: MetricFamily, now: number): Metric[] {
  const { name, type, samples } = family
  const described = (of: string, data: Metric['data']): Metric => ({ name: of, description: family.help ?? '', data })
  const gauge = (of: readonly Sample[]) =>
    described(name, { $case: 'gauge', gauge: { dataPoints: of.map((sample) => numberPoint(sample, now)) } })
  const sum = (of: readonly Sample[], as: string) =>
    described(as, {
      $case: 'sum',
      sum: { isMonotonic: true, aggregationTemporality: cumulative, dataPoints: of.map((sample) => numberPoint(sample, now)) },
    })
  const part = (suffix: string) => samples.filter((sample) => sample.name === `${name}${suffix}`)
  const some = (of: readonly Sample[], metric: (of: readonly Sample[]) => Metric) => (of.length > 0 ? [metric(of)] : [])
  switch (type) {
    case 'counter':
      return [sum(samples, name)]
    case 'histogram':
      return [
        described(name, { $case: 'histogram', histogram: { aggregationTemporality: cumulative, dataPoints: histograms(family, now) } }),
      ]
    case 'summary':
      return [
        ...some(part(''), gauge),
        ...some(part('_count'), (of) => sum(of, `${name}_count`)),
        ...some(part('_sum'), (of) => sum(of, `${name}_sum`)),
      ]
    default:
      return [gauge(samples)]
  }
}

const timeOf = ({ timestamp }: Sample, now: number) => (BigInt(Math.round(Number(timestamp ?? now))) * 1_000_000n).toString()

function numberPoint(sample: Sample, now: number): NumberDataPoint {
  return {
    attributes: attributesOf(sample.labels),
    timeUnixNano: timeOf(sample, now),
    value: { $case: 'asDouble', asDouble: numberOf(sample.value) },
  }
}

function attributesOf(labels: Labels): KeyValue[] {
  return labels.map(([key, stringValue]) => ({ key, value: { value: { $case: 'stringValue', stringValue } } }))
}

/** As Go and Prometheus write numbers. */
function numberOf(text: string): number {
  if (/^[+-]?inf/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  return Number(text)
}

/** Prometheus' buckets hold those below them, OpenTelemetry's don't. */
function histograms({ name, samples }: MetricFamily, now: number): HistogramDataPoint[] {
  const series = new Map<string, Sample[]>()
  for (const sample of samples) {
    const key = JSON.stringify(withoutBound(sample.labels))
    series.set(key, [...(series.get(key) ?? []), sample])
  }
  return [...series.values()].flatMap((of) => {
    const [first] = of
    if (!first) return []
    const value = (suffix: string) => of.find((sample) => sample.name === `${name}${suffix}`)?.value
    const buckets = of
      .filter((sample) => sample.name === `${name}_bucket`)
      .map((sample) => ({ bound: numberOf(boundOf(sample.labels)), below: numberOf(sample.value) }))
      .sort((a, b) => a.bound - b.bound)
    return {
      attributes: attributesOf(withoutBound(first.labels)),
      timeUnixNano: timeOf(first, now),
      count: numberOf(value('_count') ?? '0'),
      sum: numberOf(value('_sum') ?? '0'),
      explicitBounds: buckets.map(({ bound }) => bound).filter(Number.isFinite),
      bucketCounts: buckets.map(({ below }, i) => Math.max(0, below - (buckets[i - 1]?.below ?? 0))),
    }
  })
}

const withoutBound = (labels: Labels) => labels.filter(([name]) => name !== 'le')
const boundOf = (labels: Labels) => labels.find(([name]) => name === 'le')?.[1] ?? '+Inf'
