import { type DataplaneOverview, type DataplaneStatus, dataplaneStatus } from './dataplane-status.js'
import { nonZero } from './service-insight.js'

interface MeshContent {
  readonly overviews: readonly DataplaneOverview[]
  /** How many resources the mesh has of each type, without insights. */
  readonly resources: ReadonlyMap<string, number>
  /** Which of those types are policies. */
  readonly policies: ReadonlySet<string>
  readonly exclusive: boolean
}

/** Counts over a mesh, in the shape of Kuma's MeshInsight. Source: the insights resyncer of kuma-cp. */
export function meshInsight({ overviews, resources, policies, exclusive }: MeshContent): object {
  const all = overviews.map((overview) => ({ ...overview, status: dataplaneStatus(overview) }))
  const gatewayOf = ({ dataplane }: DataplaneOverview) => dataplane.networking?.gateway
  const gateways = all.filter((one) => gatewayOf(one) !== undefined)
  const isBuiltin = (one: DataplaneOverview) => gatewayOf(one)?.type === 'BUILTIN'
  const secured = all.filter(({ insight }) => insight?.mTLS !== undefined)
  const versions = (program: 'kumaDp' | 'envoy') =>
    grouped(all, ({ insight }) => [insight?.subscriptions?.at(-1)?.version?.[program]?.version || 'unknown'])
  const totals = (types: Iterable<[string, number]>) => Object.fromEntries([...types].sort().map(([type, total]) => [type, { total }]))
  return {
    dataplanes: statOf(all),
    ...nonEmpty({ policies: totals([...resources].filter(([type]) => policies.has(type))) }),
    dpVersions: nonEmpty({ kumaDp: versions('kumaDp'), envoy: versions('envoy') }),
    mTLS: nonEmpty({
      issuedBackends: grouped(secured, ({ insight }) => [insight?.mTLS?.issuedBackend ?? '']),
      supportedBackends: grouped(secured, ({ insight }) => insight?.mTLS?.supportedBackends ?? []),
    }),
    ...(!exclusive && { services: servicesStat(overviews, resources.get('ExternalService') ?? 0) }),
    dataplanesByType: {
      standard: statOf(all.filter((one) => gatewayOf(one) === undefined)),
      gateway: statOf(gateways),
      gatewayBuiltin: statOf(gateways.filter(isBuiltin)),
      gatewayDelegated: statOf(gateways.filter((one) => !isBuiltin(one))),
    },
    ...nonEmpty({ resources: totals(resources) }),
  }
}

type WithStatus = DataplaneOverview & { readonly status: DataplaneStatus }

function statOf(overviews: readonly WithStatus[]): object {
  const count = (status: DataplaneStatus) => overviews.filter((one) => one.status === status).length
  const [online, offline, partiallyDegraded] = [count('online'), count('offline'), count('partiallyDegraded')]
  return nonZero({ total: overviews.length, online, offline, partiallyDegraded })
}

function grouped(overviews: readonly WithStatus[], keysOf: (overview: WithStatus) => readonly string[]): Readonly<Record<string, object>> {
  const groups = new Map<string, WithStatus[]>()
  for (const overview of overviews) {
    for (const key of keysOf(overview)) {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [overview])
      else group.push(overview)
    }
  }
  return Object.fromEntries([...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, members]) => [key, statOf(members)]))
}

function servicesStat(overviews: readonly DataplaneOverview[], external: number): object {
  const names = new Set(
    overviews.flatMap(({ dataplane: { networking } }) => [
      networking?.gateway?.tags?.['kuma.io/service'],
      ...(networking?.inbound ?? []).filter(({ state }) => state !== 'Ignored').map(({ tags }) => tags?.['kuma.io/service']),
    ]),
  )
  const internal = [...names].filter((name) => name !== undefined && name !== '').length
  return nonZero({ total: internal + external, internal, external })
}

function nonEmpty<T extends Readonly<Record<string, object>>>(parts: T): Partial<T> {
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => Object.keys(part).length > 0)) as Partial<T>
}
