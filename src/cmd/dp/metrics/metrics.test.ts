import { describe, expect, test } from 'vitest'
import { asServices } from './clusters.js'
import { ExportMetricsServiceRequest } from '../../../gen/opentelemetry/proto/collector/metrics/v1/metrics_service.js'
import { otlpMetrics } from './otlp.js'
import { type SidecarMetrics, selectMetrics } from './profiles.js'
import { type MetricFamily, readFamilies, writeFamilies } from './text.js'

const only = (page: string): MetricFamily => {
  const [family, ...others] = [...readFamilies(page).values()]
  if (!family || others.length > 0) throw new Error(`not one family: ${page}`)
  return family
}
const lines = (family: MetricFamily | undefined) => (family ? writeFamilies([family]).trim().split('\n').slice(1) : [])

describe("Prometheus' text format", () => {
  test('is read into families and written again', () => {
    const page = [
      '# HELP latency How long, "as a rule".',
      '# TYPE latency histogram',
      'latency_bucket{le="0.5",path="/a\\"b\\\\c\\nd"} 1',
      'latency_bucket{le="+Inf",path="/"} 3',
      'latency_sum 4.5e+01',
      'latency_count 3',
      '# TYPE up gauge',
      'up 1 1700000000000',
      '# TYPE odd untyped',
      'odd{a="{}, x=\\"y\\""} NaN',
      '',
    ].join('\n')
    const families = readFamilies(page)
    expect([...families.keys()]).toEqual(['latency', 'up', 'odd'])
    expect(families.get('latency')?.samples[0]?.labels).toEqual([
      ['le', '0.5'],
      ['path', '/a"b\\c\nd'],
    ])
    expect(writeFamilies(families.values())).toBe(page)
  })

  test('of samples that nobody announced, of OpenMetrics, and with nonsense in it', () => {
    const families = readFamilies(
      'plain 1\n# TYPE asked counter\nasked_total{} 2 # {trace="1"} 1\nwhat is this\nbroken{a=} 1\n# TYPE empty gauge\n# EOF',
    )
    expect(
      [...families].map(([name, { type, samples }]) => [name, type, samples.map((sample) => `${sample.name} ${sample.value}`)]),
    ).toEqual([
      ['plain', 'untyped', ['plain 1']],
      ['asked', 'counter', ['asked_total 2']],
    ])
  })
})

describe('clusters', () => {
  test('that a route makes of one service count as that service', () => {
    const family = only(`# TYPE envoy_cluster_upstream_rq counter
envoy_cluster_upstream_rq{envoy_cluster_name="web-94bcdea309bceaff",envoy_response_code="200"} 1
envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="web-0382aaf295add2eb"} 20
envoy_cluster_upstream_rq{envoy_cluster_name="web-0382aaf295add2eb",envoy_response_code="503"} 300
envoy_cluster_upstream_rq{envoy_cluster_name="ads_cluster",envoy_response_code="200"} 7
`)
    expect(lines(asServices(family))).toEqual([
      'envoy_cluster_upstream_rq{envoy_cluster_name="web",envoy_response_code="200",kuma_io_mesh_traffic="true"} 21',
      'envoy_cluster_upstream_rq{envoy_cluster_name="web",envoy_response_code="503",kuma_io_mesh_traffic="true"} 300',
      'envoy_cluster_upstream_rq{envoy_cluster_name="ads_cluster",envoy_response_code="200"} 7',
    ])
  })

  test('of a histogram add up bucket by bucket', () => {
    const part = (hash: string) => `ms_bucket{envoy_cluster_name="a-${hash}",le="5"} 1
ms_bucket{envoy_cluster_name="a-${hash}",le="+Inf"} 2
ms_sum{envoy_cluster_name="a-${hash}"} 1.5
ms_count{envoy_cluster_name="a-${hash}"} 2
`
    const family = only(`# TYPE ms histogram\n${part('0000000000000001')}${part('0000000000000002')}`)
    expect(asServices(family).samples.map(({ value }) => value)).toEqual(['2', '4', '3', '4'])
  })

  test('are not all that is traffic of the mesh', () => {
    const of = (prefix: string) => lines(asServices(only(`rq{envoy_http_conn_manager_prefix="${prefix}"} 1`)))
    expect(of('localhost_80')).toEqual(['rq{envoy_http_conn_manager_prefix="localhost_80",kuma_io_mesh_traffic="true"} 1'])
    expect(of('admin')).toEqual(['rq{envoy_http_conn_manager_prefix="admin"} 1'])
    expect(lines(asServices(only('other 1')))).toEqual(['other 1'])
  })
})

describe('profiles', () => {
  const page = `envoy_cluster_upstream_rq_time{envoy_cluster_name="web"} 1
envoy_cluster_upstream_rq_time{envoy_cluster_name="kuma_envoy_admin"} 1
envoy_cluster_upstream_rq_time{envoy_cluster_name="_kuma_dynamicconfig"} 1
envoy_cluster_upstream_rq_time{envoy_cluster_name="tracing-api"} 1
envoy_cluster_membership_total{envoy_cluster_name="ads_cluster"} 1
envoy_cluster_warming_state{envoy_cluster_name="web"} 1
`
  const shown = (profiles?: SidecarMetrics['profiles']) => {
    const select = selectMetrics(profiles && { profiles })
    return [...readFamilies(page).values()].flatMap((family) =>
      lines(select(family)).map((line) => line.replace(/envoy_cluster_|name=| 1$/g, '')),
    )
  }

  test('show the basic ones, without what is for the proxy itself, unless told otherwise', () => {
    const basic = ['upstream_rq_time{"web"}', 'upstream_rq_time{"tracing-api"}']
    expect(shown()).toEqual(basic)
    expect(shown({ appendProfiles: [{ name: 'None' }, { name: 'Basic' }] })).toEqual(basic)
    expect(shown({ appendProfiles: [{ name: 'All' }, { name: 'Basic' }] })).toHaveLength(6)
    expect(shown({ appendProfiles: [{ name: 'None' }] })).toEqual([])
  })

  test('are less what is excluded, and more what is included', () => {
    expect(shown({ exclude: [{ type: 'Contains', match: 'rq_time' }] })).toEqual([])
    expect(shown({ include: [{ type: 'Exact', match: 'envoy_cluster_warming_state' }] })).toContain('warming_state{"web"}')
    const exclude = [{ type: 'Prefix', match: 'envoy_' }] as const
    const none = [{ name: 'None' }] as const
    expect(shown({ exclude, include: [{ type: 'Regex', match: 'warming.*$' }] })).toEqual(['warming_state{"web"}'])
    expect(shown({ appendProfiles: none, include: [{ type: 'Regex', match: '(' }] })).toEqual([])
  })
})

describe('as OpenTelemetry has them', () => {
  const attributes = (...labels: [string, string][]) =>
    labels.map(([key, stringValue]) => ({ key, value: { value: { $case: 'stringValue', stringValue } } }))
  /** As a collector reads it. */
  const sent = (page: string) => {
    const request = otlpMetrics([...readFamilies(page).values()], { now: 1_700_000_000_001, version: '2' })
    const { resourceMetrics } = ExportMetricsServiceRequest.decode(ExportMetricsServiceRequest.encode(request).finish())
    const [scope] = resourceMetrics?.[0]?.scopeMetrics ?? []
    expect(scope?.scope).toMatchObject({ name: 'kuma', version: '2' })
    return scope?.metrics ?? []
  }

  test('counters only grow, gauges have a value, each with its time', () => {
    const [counter, gauge] = sent('# HELP rq All of them.\n# TYPE rq counter\nrq{a="b"} 12\n# TYPE up gauge\nup NaN 5\n')
    const point = { attributes: attributes(['a', 'b']), timeUnixNano: '1700000000001000000', value: { $case: 'asDouble', asDouble: 12 } }
    expect(counter).toMatchObject({
      ...{ name: 'rq', description: 'All of them.' },
      data: { $case: 'sum', sum: { isMonotonic: true, aggregationTemporality: 2, dataPoints: [point] } },
    })
    expect(gauge?.data).toMatchObject({
      gauge: { dataPoints: [{ attributes: [], timeUnixNano: '5000000', value: { $case: 'asDouble', asDouble: Number.NaN } }] },
    })
  })

  test('buckets of a histogram hold what is in them only', () => {
    const series = (path: string, ...below: number[]) =>
      [
        ...['1', '5', '+Inf'].map((le, i) => `ms_bucket{path="${path}",le="${le}"} ${below[i]}`),
        `ms_sum{path="${path}"} 2.5`,
        `ms_count{path="${path}"} ${below[2]}`,
      ].join('\n')
    const [histogram] = sent(`# TYPE ms histogram\n${series('/a', 1, 3, 4)}\n${series('/b', 0, 0, 7)}\n`)
    const point = (path: string, count: number, bucketCounts: number[]) => ({
      ...{ attributes: attributes(['path', path]), count, sum: 2.5, bucketCounts },
      explicitBounds: [1, 5],
    })
    expect(histogram?.data).toMatchObject({
      histogram: { aggregationTemporality: 2, dataPoints: [point('/a', 4, [1, 2, 1]), point('/b', 7, [0, 0, 7])] },
    })
  })

  test('the quantiles of a summary are gauges, its count and sum grow', () => {
    const metrics = sent('# TYPE took summary\ntook{quantile="0.5"} 3\ntook_sum 8\ntook_count 2\n')
    expect(metrics.map(({ name, data }) => `${data?.$case} ${name}`)).toEqual(['gauge took', 'sum took_count', 'sum took_sum'])
  })
})
