import type { DataplaneSpec } from '../kinds/dataplane.js'
import type { MeshServiceSpec } from '../kinds/mesh-service.js'
import type { Labels, Resource } from '../resource.js'

export type Dataplane = Resource<DataplaneSpec>
type Inbound = NonNullable<NonNullable<DataplaneSpec['networking']>['inbound']>[number]
type Port = NonNullable<MeshServiceSpec['ports']>[number]

export const inboundsOf = ({ spec }: Dataplane): readonly Inbound[] => spec.networking?.inbound ?? []

const includes = (all: Labels, wanted: Labels) => Object.entries(wanted).every(([key, value]) => all[key] === value)

/** The proxies that a MeshService selects. One without any inbound serves nothing. */
export function selectedProxies({ mesh, spec }: Resource<MeshServiceSpec>, dataplanes: readonly Dataplane[]): readonly Dataplane[] {
  const { dataplaneRef, dataplaneTags, dataplaneLabels } = spec.selector
  return dataplanes.filter((dataplane) => {
    if (dataplane.mesh !== mesh || inboundsOf(dataplane).length === 0) return false
    if (dataplaneRef) return dataplaneRef.name === dataplane.name
    if (dataplaneTags)
      return Object.keys(dataplaneTags).length > 0 && inboundsOf(dataplane).some(({ tags = {} }) => includes(tags, dataplaneTags))
    return dataplaneLabels !== undefined && includes(dataplane.labels, dataplaneLabels.matchLabels ?? {})
  })
}

/** Whether every port of the service leads to an inbound that is ready. */
export function servesAll(ports: readonly Port[], dataplane: Dataplane): boolean {
  return ports.every(({ targetPort }) => inboundsOf(dataplane).some((inbound) => isReady(inbound) && isTarget(targetPort, inbound)))
}

export const isReady = ({ state }: Inbound) => (state ?? 'Ready') === 'Ready'

function isTarget(targetPort: Port['targetPort'], { port = 0, name = '' }: Inbound): boolean {
  return typeof targetPort === 'string' ? targetPort === name : targetPort === port
}
