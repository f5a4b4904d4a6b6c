import type { DataplaneSpec } from '../kinds/dataplane.js'
import type { MeshServiceSpec } from '../kinds/mesh-service.js'
import type { Labels, Resource } from '../resource.js'

export type Dataplane = Resource<DataplaneSpec>
type Inbound = NonNullable<NonNullable<DataplaneSpec['networking']>['inbound']>[number]
type Port = NonNullable<MeshServiceSpec['ports']>[number]

export const inboundsOf = ({ spec }: Dataplane): readonly Inbound[] => spec.networking?.inbound ?? []

const includes = (all: Labels, wanted: Labels) => Object.entries(wanted).every(([key, value]) => all[key] === value)

/** Finds the proxies that a MeshService selects. One without any inbound serves nothing. */
export type ProxySelector = (service: Resource<MeshServiceSpec>) => readonly Dataplane[]

/** Indexes proxies by name, tag and label, so that many services are as quick as few. */
export function createProxySelector(dataplanes: readonly Dataplane[]): ProxySelector {
  const index = new Map<string, Set<Dataplane>>()
  const add = (key: string, dataplane: Dataplane) => {
    const known = index.get(key)
    if (known) known.add(dataplane)
    else index.set(key, new Set([dataplane]))
  }
  const keyOf = (mesh: string | undefined, sort: 'mesh' | 'name' | 'tag' | 'label', ...texts: readonly string[]) =>
    [mesh, sort, ...texts].join('\n')
  for (const dataplane of dataplanes) {
    const { mesh, name, labels } = dataplane
    if (inboundsOf(dataplane).length === 0) continue
    add(keyOf(mesh, 'mesh'), dataplane)
    add(keyOf(mesh, 'name', name), dataplane)
    for (const pair of Object.entries(labels)) add(keyOf(mesh, 'label', ...pair), dataplane)
    for (const { tags = {} } of inboundsOf(dataplane)) for (const pair of Object.entries(tags)) add(keyOf(mesh, 'tag', ...pair), dataplane)
  }
  const under = (key: string) => [...(index.get(key) ?? [])]
  return ({ mesh, spec: { selector } }) => {
    if (selector.dataplaneRef) return under(keyOf(mesh, 'name', selector.dataplaneRef.name ?? ''))
    const { dataplaneTags: tags, dataplaneLabels } = selector
    if (tags) {
      const [first] = Object.entries(tags)
      const candidates = first ? under(keyOf(mesh, 'tag', ...first)) : []
      return candidates.filter((dataplane) => inboundsOf(dataplane).some((inbound) => includes(inbound.tags ?? {}, tags)))
    }
    if (!dataplaneLabels) return []
    const labels = dataplaneLabels.matchLabels ?? {}
    const [first] = Object.entries(labels)
    const candidates = under(first ? keyOf(mesh, 'label', ...first) : keyOf(mesh, 'mesh'))
    return candidates.filter((dataplane) => includes(dataplane.labels, labels))
  }
}

/** Whether every port of the service leads to an inbound that is ready. */
export function servesAll(ports: readonly Port[], dataplane: Dataplane): boolean {
  return ports.every(({ targetPort }) => inboundsOf(dataplane).some((inbound) => isReady(inbound) && isTarget(targetPort, inbound)))
}

export const isReady = ({ state }: Inbound) => (state ?? 'Ready') === 'Ready'

function isTarget(targetPort: Port['targetPort'], { port = 0, name = '' }: Inbound): boolean {
  return typeof targetPort === 'string' ? targetPort === name : targetPort === port
}
