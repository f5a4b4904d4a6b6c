import { ownGateway } from '../../gateway/listener.js'
import { sortedFields } from '../../json-text.js'
import type { ProxyContext } from '../../proxy.js'
import { socketPath } from '../../sockets.js'
import { workloadOf } from '../../workload.js'
import type { MatchedMetrics } from './match.js'
import { endpointName } from './open-telemetry.js'
import { type ProxyRole, roleOf } from './proxy-role.js'

const defaultRefreshInterval = '1m0s'

/** What kuma-dp collects and where it goes, in the form in which it reads it: the order of the fields counts, as its hash does. */
export function dataplaneConfig(matched: MatchedMetrics, proxy: ProxyContext) {
  const role = roleOf(proxy.dataplane)
  return {
    observability: {
      metrics: {
        applications: role.hasApplication ? applicationsOf(matched) : null,
        backends: backendsOf(matched, proxy),
        sidecar: sidecarOf(matched),
        extraLabels: sortedFields(labelsOf(proxy, role)),
      },
    },
  }
}

/** Lists that hold nothing are null, as Go writes them. */
function applicationsOf({ conf: { applications = [] } }: MatchedMetrics) {
  if (applications.length === 0) return null
  return applications.map(({ name, path, port, address = '' }) => ({ name, path, port, address }))
}

function backendsOf({ prometheus, openTelemetry }: MatchedMetrics, { metadata }: ProxyContext) {
  const scraped = prometheus.length > 0 ? [{ type: 'Prometheus', name: null }] : []
  const pushed = openTelemetry.map(({ endpoint, refreshInterval = defaultRefreshInterval }) => {
    const name = endpointName(endpoint)
    const socket = socketPath.openTelemetry(metadata.workDir ?? '', name)
    return { type: 'OpenTelemetry', name, openTelemetry: { endpoint: socket, refreshInterval } }
  })
  return scraped.length + pushed.length > 0 ? [...scraped, ...pushed] : null
}

function sidecarOf({ conf: { sidecar } }: MatchedMetrics) {
  if (!sidecar) return undefined
  const { profiles, includeUnused } = sidecar
  const { appendProfiles, exclude, include } = profiles ?? {}
  const inOrder = (selectors: typeof exclude) => selectors?.map(({ type, match }) => ({ type, match }))
  return { profiles: profiles && { appendProfiles, exclude: inOrder(exclude), include: inOrder(include) }, includeUnused }
}

/** Labels that tell the proxy's metrics from those of others. The unified scheme knows fewer of them. */
function labelsOf(proxy: ProxyContext, role: ProxyRole): Record<string, string> {
  const { mesh, dataplane, unifiedNaming, service } = proxy
  const zone = dataplane.labels['kuma.io/zone']
  const workload = role.hasApplication ? workloadOf(dataplane) : ''
  const labels: Record<string, string> = { mesh: mesh.name, ...(zone && { zone }), 'kuma.proxy_role': role.name }
  if (workload) labels['kuma.workload'] = workload
  if (unifiedNaming) return labels
  Object.assign(labels, tagLabels(proxy), { dataplane: dataplane.name })
  if (!workload && service !== 'unknown') labels['service'] = service
  return labels
}

/** Each tag with its first value and, in the plural, with all of them between commas. */
function tagLabels(proxy: ProxyContext): Record<string, string> {
  const values = new Map<string, Set<string>>()
  for (const tags of proxy.tagSets) {
    for (const [key, value] of Object.entries(tags)) values.set(key, (values.get(key) ?? new Set()).add(value))
  }
  const labels: Record<string, string> = {}
  for (const key of [...values.keys()].sort()) {
    const sorted = [...(values.get(key) ?? [])].sort()
    labels[labelName(key)] = sorted[0] ?? ''
    labels[labelName(`${key}s`)] = `,${sorted.join(',')},`
  }
  if (proxy.dataplane.spec.networking?.gateway?.type === 'BUILTIN') labels['kuma_io_mesh_gateway'] = ownGateway(proxy)?.name ?? ''
  return labels
}

const labelName = (key: string) => key.replace(/[^a-zA-Z0-9_]/g, '_')
