import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { Resource } from '../../core/resource.js'
import { isIpv4 } from '../../core/validate/address.js'
import { statName } from '../names.js'
import { type Hole, holeOf } from './hole.js'

/** A Dataplane with what tells it from its like left open: its address, wherever it stands as a whole. */
export interface StandIn {
  readonly dataplane: Resource<DataplaneSpec>
  /** Equal for proxies that differ in no more than their names, times and addresses. */
  readonly key: string
  readonly holes: readonly Hole[]
}

/** The label that repeats the name. */
const nameLabel = 'kuma.io/display-name'

const standIns = new WeakMap<Resource<DataplaneSpec>, StandIn>()

/** Made once a resource. */
export function standInOf(dataplane: Resource<DataplaneSpec>): StandIn {
  let standIn = standIns.get(dataplane)
  if (!standIn) {
    standIn = makeStandIn(dataplane)
    standIns.set(dataplane, standIn)
  }
  return standIn
}

/** The Dataplane as it is, for proxies that have nobody like them. */
export function ownStandIn(dataplane: Resource<DataplaneSpec>): StandIn {
  return { dataplane, key: JSON.stringify([dataplane.mesh, dataplane.name, dataplane.labels, dataplane.spec]), holes: [] }
}

function makeStandIn(dataplane: Resource<DataplaneSpec>): StandIn {
  const { networking = {} } = dataplane.spec
  const address = networking.address ?? ''
  const opened = isOpened(address)
  const replaced = opened ? { ...dataplane.spec, networking: withOpenAddress(networking, address) } : dataplane.spec
  const labels = Object.entries(dataplane.labels).filter(([key]) => key !== nameLabel)
  return {
    dataplane: { ...dataplane, spec: replaced },
    key: JSON.stringify([dataplane.mesh, labels.sort(([a], [b]) => (a < b ? -1 : 1)), replaced]),
    holes: opened ? holesOf(address) : [],
  }
}

type Networking = NonNullable<DataplaneSpec['networking']>

function withOpenAddress(networking: Networking, address: string): Networking {
  const open = (value: string | undefined) => (value === address ? addressToken : value)
  return {
    ...networking,
    address: addressToken,
    advertisedAddress: open(networking.advertisedAddress),
    listeners: networking.listeners?.map((listener) => ({ ...listener, address: open(listener.address) })),
    inbound: networking.inbound?.map((inbound) => ({
      ...inbound,
      address: open(inbound.address),
      serviceAddress: open(inbound.serviceAddress),
    })),
  }
}

/** The address also stands in the names of statistics, with other signs between its numbers. */
function holesOf(address: string): Hole[] {
  return [holeOf(addressToken, address), holeOf(statName(addressToken), statName(address))]
}

/** A text that passes for an IPv4 address but stands nowhere in what people write: its numbers begin with zeros. */
const addressToken = '073.073.073.073'

/** Other addresses are not opened, nor those whose value decides something (loopback, any). */
function isOpened(address: string): boolean {
  return isIpv4(address) && !/^(127|0)\./.test(address)
}

/** A Dataplane that tells when somebody looks at what proxies that are otherwise alike don't share. */
export function watched(dataplane: Resource<DataplaneSpec>, onOwn: () => void): Resource<DataplaneSpec> {
  const own = <T>(value: T) => ({
    enumerable: true,
    get() {
      onOwn()
      return value
    },
  })
  const labels = { ...dataplane.labels }
  if (labels[nameLabel] !== undefined) Object.defineProperty(labels, nameLabel, own(labels[nameLabel]))
  const { name, creationTime, modificationTime } = dataplane
  return Object.defineProperties(
    { ...dataplane, labels },
    { name: own(name), creationTime: own(creationTime), modificationTime: own(modificationTime) },
  )
}
