import type { AdmissionContext, Admitted } from '../kind.js'
import type { Resource } from '../resource.js'
import { label1035Faults } from '../validate/kubernetes-names.js'
import { zoneTag } from '../validate/tags.js'
import type { DataplaneInbound, DataplaneSpec } from './dataplane.js'
import type { MeshSpec } from './mesh.js'

type Tags = Readonly<Record<string, string>>

/** Tells every inbound and gateway its zone, and holds the proxy to the mesh's constraints. */
export function admitDataplane(dataplane: Resource<DataplaneSpec>, context: AdmissionContext<DataplaneSpec>): Admitted<DataplaneSpec> {
  const workload = dataplane.labels['kuma.io/workload']
  const faults = workload && !context.previous ? label1035Faults(workload) : []
  if (faults.length > 0) {
    const rule = 'must be a valid DNS-1035 label (at most 63 characters, matching regex [a-z]([-a-z0-9]*[a-z0-9])?)'
    return {
      error: { status: 400, title: 'Bad Request', detail: `bad request: labels["kuma.io/workload"]: ${rule}: ${faults.join('; ')}` },
    }
  }
  const mesh = (context.mesh?.spec ?? {}) as MeshSpec
  const spec = withDefaults(dataplane.spec, mesh, context)
  if (!meetsConstraints(spec, mesh)) {
    const reason = `its tags are not what constraints.dataplaneProxy of mesh "${dataplane.mesh ?? ''}" allows`
    return { error: { status: 500, detail: 'Internal Server Error', reason } }
  }
  return { spec }
}

function withDefaults(spec: DataplaneSpec, mesh: MeshSpec, { zone, previous }: AdmissionContext): DataplaneSpec {
  const { networking } = spec
  if (!networking) return spec
  const { gateway, inbound } = networking
  const untagged = mesh.meshServices?.mode === 'Exclusive'
  const withZone = (tags: Tags = {}) => ({ ...tags, [zoneTag]: zone })
  const stored = (entry: DataplaneInbound): DataplaneInbound => ({
    ...entry,
    ...(!(untagged && Object.keys(entry.tags ?? {}).length === 0) && { tags: withZone(entry.tags) }),
    // A probed workload counts as down until the first probe says otherwise.
    ...(entry.serviceProbe && !previous && { health: {}, state: 'NotReady' as const }),
  })
  return {
    ...spec,
    networking: {
      ...networking,
      ...(gateway && { gateway: { ...gateway, tags: withZone(gateway.tags) } }),
      ...(inbound && { inbound: inbound.map(stored) }),
    },
  }
}

function meetsConstraints({ networking }: DataplaneSpec, { constraints }: MeshSpec): boolean {
  const { requirements = [], restrictions = [] } = constraints?.dataplaneProxy ?? {}
  const sets = (networking?.inbound ?? []).map(({ tags = {} }) => tags)
  if (networking?.gateway) sets.push(networking.gateway.tags ?? {})
  const fits = (tags: Tags) => (rule: { readonly tags?: Tags }) =>
    Object.entries(rule.tags ?? {}).every(([key, value]) => (value === '*' && tags[key] ? true : value === (tags[key] ?? '')))
  return sets.every((tags) => (requirements.length === 0 || requirements.some(fits(tags))) && !restrictions.some(fits(tags)))
}

/** What zone proxies a Dataplane holds, as labels that others select it by. */
export function listenerLabels({ networking }: DataplaneSpec): Record<string, string | undefined> {
  const has = (type: string) => (networking?.listeners?.some((listener) => listener.type === type) ? 'enabled' : undefined)
  return { 'kuma.io/listener-zoneingress': has('ZoneIngress'), 'kuma.io/listener-zoneegress': has('ZoneEgress') }
}
