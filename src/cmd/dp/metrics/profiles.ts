import { RE2JS } from 're2js'
import { entityLabels } from './clusters.js'
import type { Labels, MetricFamily } from './text.js'

/** Which of Envoy's metrics are shown, as a MeshMetric says. */
export interface SidecarMetrics {
  readonly profiles?: {
    readonly appendProfiles?: readonly { readonly name: ProfileName }[]
    readonly exclude?: readonly Selector[]
    readonly include?: readonly Selector[]
  }
  /** Also those that never changed. */
  readonly includeUnused?: boolean
}

type ProfileName = 'All' | 'Basic' | 'None'

export interface Selector {
  readonly type: 'Prefix' | 'Regex' | 'Exact' | 'Contains'
  readonly match: string
}

/** Source: Kuma docs, "MeshMetric", "Profiles": golden signals, what the dashboards show, DNS. */
const basic = {
  contains: [
    ...['rq_time', 'cx_length_ms', 'cx_count', '_rq', 'bytes', 'timeout', 'health_check', 'lb_healthy_panic', 'cx_destroy', 'error'],
    ...['fail', 'reset', 'eject', 'overflow', 'cancelled', 'max_duration_reached', 'no_cluster', 'no_route', 'no_filter_chain', 'reject'],
    ...['denied', 'days_until_first_cert_expiring', 'rbac', 'cx_active', 'cx_connect', 'circuit_breakers', 'cx_total'],
    ...['ssl_handshake', 'ssl_context_update_by_sds'],
  ],
  startsWith: ['envoy_server', 'envoy_control_plane', 'envoy_dns_filter', 'envoy_dns_cares', 'kuma_dp_dns'],
  exact: ['envoy_cluster_membership_degraded', 'envoy_cluster_membership_healthy', 'envoy_cluster_membership_total'],
} as const

const isBasic = (name: string) =>
  basic.contains.some((part) => name.includes(part)) ||
  basic.startsWith.some((prefix) => name.startsWith(prefix)) ||
  basic.exact.some((whole) => name === whole)

/** Clusters and listeners that the proxy has for itself. Envoy writes `_` where their names have a colon. */
const isOwn = (value: string) =>
  /^(_|system_|tracing[:_])/.test(value) || /^(ads_cluster|access_log_sink|kuma[:_](envoy[:_]admin|metrics[:_]hijacker))$/.test(value)

const named: ReadonlySet<string> = new Set(Object.values(entityLabels))
const belongsToProxy = ({ labels }: { readonly labels: Labels }) => labels.some(([name, value]) => named.has(name) && isOwn(value))

/** Picks what a MeshMetric wants to see; without one it is the profile Basic. */
export function selectMetrics(sidecar: SidecarMetrics | undefined): (family: MetricFamily) => MetricFamily | undefined {
  const { appendProfiles = [], exclude = [], include = [] } = sidecar?.profiles ?? {}
  const profile = widest(appendProfiles.map(({ name }) => name))
  const excluded = exclude.map(matcher)
  const included = include.map(matcher)
  const wanted = (name: string) => {
    if (included.some((matches) => matches(name))) return true
    if (excluded.some((matches) => matches(name))) return false
    return profile === 'All' || (profile === 'Basic' && isBasic(name))
  }
  return (family) => {
    if (!wanted(family.name)) return undefined
    if (profile !== 'Basic') return family
    const samples = family.samples.filter((sample) => !belongsToProxy(sample))
    return samples.length > 0 ? { ...family, samples } : undefined
  }
}

/** Each profile holds those behind it. */
function widest(names: readonly ProfileName[]): ProfileName {
  return (['All', 'Basic', 'None'] as const).find((name) => names.includes(name)) ?? 'Basic'
}

function matcher({ type, match }: Selector): (name: string) => boolean {
  switch (type) {
    case 'Contains':
      return (name) => name.includes(match)
    case 'Prefix':
      return (name) => name.startsWith(match)
    case 'Exact':
      return (name) => name === match
    case 'Regex':
      return expression(match)
  }
}

/** Linear in time, whatever users write. What is no regular expression selects nothing. */
function expression(source: string): (name: string) => boolean {
  try {
    const compiled = RE2JS.compile(source)
    return (name) => compiled.matcher(name).find()
  } catch {
    return () => false
  }
}
