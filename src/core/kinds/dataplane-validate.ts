import { goQuote } from '../go.js'
import type { Violation } from '../kind.js'
import { isAddress, isIp, sameIp } from '../validate/address.js'
import { checkIdentifier } from '../validate/names.js'
import { checkPort } from '../validate/ports.js'
import { checkProtocolTag, knownProtocol, protocolHint } from '../validate/protocols.js'
import { checkTags, protocolTag, serviceTag } from '../validate/tags.js'
import { parseRequestUri } from '../validate/url.js'
import { type Place, collect } from '../validate/violations.js'
import type { DataplaneInbound, DataplaneNetworking, DataplaneOutbound, DataplaneSpec } from './dataplane.js'
import { checkPrometheus } from './mesh-validate.js'

export function validateDataplane(spec: DataplaneSpec): Violation[] {
  const root = collect()
  const at = root.field('networking')
  const { networking } = spec
  if (!networking) {
    at.add('must be defined')
    return root.violations
  }
  checkAdminPort(at.field('admin.port'), networking)
  const { gateway } = networking
  if (gateway) checkGateway(at, spec, gateway.type === 'BUILTIN' ? 'builtin' : 'delegated')
  checkNetworking(at, networking)
  if (gateway?.type !== 'BUILTIN') checkProbes(root.field('probes'), spec.probes)
  if (!gateway) {
    if (spec.metrics) checkMetrics(root.field('metrics'), spec.metrics)
    checkListeners(at.field('listeners'), networking)
  }
  return root.violations
}

const loopback = '127.0.0.1'

function checkAdminPort(at: Place, { admin, address = '', inbound = [], outbound = [] }: DataplaneNetworking): void {
  if (!admin) return
  const port = admin.port ?? 0
  const onLoopback = (ip: string) => ip === '0.0.0.0' || ip === '::' || sameIp(ip, loopback)
  const clashes = inbound.some((i) => {
    const ip = i.address || address
    return (port === (i.port ?? 0) && onLoopback(ip)) || (port === (i.servicePort || i.port || 0) && onLoopback(i.serviceAddress || ip))
  })
  if (clashes) at.add('must differ from inbound')
  if (outbound.some((o) => port === (o.port ?? 0) && onLoopback(o.address || loopback))) at.add('must differ from outbound')
}

function checkGateway(at: Place, { networking = {}, probes }: DataplaneSpec, kind: 'builtin' | 'delegated'): void {
  const forbid = (field: string) => at.field(field).add(`${field} cannot be defined for ${kind} gateways`)
  if (networking.inbound?.length) forbid('inbound')
  if (kind === 'builtin' && networking.outbound?.length) forbid('outbound')
  if (networking.listeners?.length) forbid('listeners')
  if (kind === 'builtin' && probes) forbid('probes')
  const tags = networking.gateway?.tags ?? {}
  checkTags(at.field('gateway.tags'), tags, {
    requireService: Object.keys(tags).length > 0,
    extra(place) {
      const protocol = tags[protocolTag]
      if (protocol !== undefined && protocol.toLowerCase() !== 'tcp') {
        place.key(protocolTag).add(`other values than tcp are not allowed, provided value ${goQuote(protocol)}`)
      }
    },
  })
}

function checkNetworking(at: Place, networking: DataplaneNetworking): void {
  checkAddress(at.field('address'), networking.address)
  for (const [i, inbound] of (networking.inbound ?? []).entries()) {
    const place = at.field('inbound').index(i)
    checkInbound(place, inbound, networking.address ?? '')
    const tags = inbound.tags ?? {}
    if (Object.keys(tags).length > 0 && !Object.hasOwn(tags, serviceTag)) place.field('tags').key(serviceTag).add('tag has to exist')
  }
  for (const [i, outbound] of (networking.outbound ?? []).entries()) checkOutbound(at.field('outbound').index(i), outbound)
  // The missing letter is the peer's: API answers carry it.
  checkReachableBackends(at.field('transparentProxing.reachableBackends.refs'), networking.transparentProxying?.reachableBackends?.refs)
}

/** An IP address or host name that is not the wildcard. */
function checkAddress(at: Place, address = ''): void {
  if (address === '') return at.add("address can't be empty")
  if (address === '0.0.0.0' || address === '::') at.add('must not be 0.0.0.0 or ::')
  if (!isAddress(address)) at.add('address has to be valid IP address or domain name')
}

function checkInbound(at: Place, inbound: DataplaneInbound, networkingAddress: string): void {
  const { port = 0, servicePort = 0, serviceAddress = '', address = '' } = inbound
  checkPort(at.field('port'), port)
  if (servicePort !== 0) checkPort(at.field('servicePort'), servicePort)
  const samePort = servicePort === 0 || servicePort === port
  const sameAsListener = 'serviceAddress and servicePort has to differ from address and port'
  if (serviceAddress !== '') {
    if (!isIp(serviceAddress)) at.field('serviceAddress').add('serviceAddress has to be valid IP address')
    if (serviceAddress === networkingAddress && samePort) at.field('serviceAddress').add(sameAsListener)
  }
  if (address !== '') {
    if (!isIp(address)) at.field('address').add('address has to be valid IP address')
    if (address === serviceAddress && samePort) at.field('serviceAddress').add(sameAsListener)
  }
  checkTags(at.field('tags'), inbound.tags, { extra: checkProtocolTag })
  if (inbound.protocol && !knownProtocol(inbound.protocol)) {
    at.field('protocol').add(`has an invalid value ${goQuote(inbound.protocol)}. ${protocolHint}`)
  }
  checkServiceProbe(at.field('serviceProbe'), inbound.serviceProbe)
}

function checkServiceProbe(at: Place, probe: DataplaneInbound['serviceProbe']): void {
  for (const field of ['interval', 'timeout'] as const) {
    if (probe?.[field] === '0s') at.field(field).add('must have a positive value')
  }
  for (const field of ['unhealthyThreshold', 'healthyThreshold'] as const) {
    if (probe?.[field] === 0) at.field(field).add('must have a positive value')
  }
}

const backendKinds = ['MeshExternalService', 'MeshMultiZoneService', 'MeshService']
const backendKindFault = `invalid value. Available values are: ${backendKinds.join(',')}`

function checkOutbound(at: Place, { port, address, tags = {}, backendRef }: DataplaneOutbound): void {
  checkPort(at.field('port'), port)
  if (address && !isIp(address)) at.field('address').add('address has to be valid IP address')
  const hasTags = Object.keys(tags).length > 0
  if (backendRef) {
    const place = at.field('backendRef')
    if (!backendKinds.includes(backendRef.kind ?? '')) place.field('kind').add(backendKindFault)
    if (!backendRef.name && Object.keys(backendRef.labels ?? {}).length === 0) place.add("either 'name' or 'labels' should be specified")
    if (backendRef.kind !== 'MeshExternalService') checkPort(place.field('port'), backendRef.port)
    if (hasTags) place.add('both backendRef and tags/service cannot be defined')
  } else {
    checkTags(at.field('tags'), tags, { requireService: true })
  }
}

type ReachableRefs = NonNullable<NonNullable<DataplaneNetworking['transparentProxying']>['reachableBackends']>['refs']

function checkReachableBackends(at: Place, refs: ReachableRefs = []): void {
  for (const [i, { kind = '', name = '', namespace = '', labels = {} }] of refs.entries()) {
    const place = at.index(i)
    const hasLabels = Object.keys(labels).length > 0
    if (!backendKinds.includes(kind)) place.field('kind').add(backendKindFault)
    if (name !== '') checkIdentifier(place.field('name'), name)
    if (name === '' && namespace === '' && !hasLabels) place.field('name').add('name or labels are required')
    if (name === '' && namespace !== '') place.field('name').add('name is required, when namespace is defined')
    if ((name !== '' || namespace !== '') && hasLabels) place.field('labels').add('labels cannot be defined when name is specified')
  }
}

function checkProbes(at: Place, probes: DataplaneSpec['probes']): void {
  if (!probes) return
  checkPort(at.field('port'), probes.port)
  for (const [i, { inboundPort, inboundPath = '', path = '' }] of (probes.endpoints ?? []).entries()) {
    const place = at.field('endpoints').index(i)
    checkPort(place.field('inboundPort'), inboundPort)
    if (!parseRequestUri(inboundPath)) place.field('inboundPath').add('should be a valid URL Path')
    if (!parseRequestUri(path)) place.field('path').add('should be a valid URL Path')
  }
}

function checkMetrics(at: Place, { type, conf }: NonNullable<DataplaneSpec['metrics']>): void {
  if (type === 'prometheus') checkPrometheus(at.field('conf'), conf)
  else at.field('type').add('unknown backend type. Available backends: "prometheus"')
}

function checkListeners(at: Place, { address: networkingAddress = '', inbound = [], listeners = [] }: DataplaneNetworking): void {
  const names = new Set(inbound.map(({ name, port = 0 }) => name || String(port)))
  const inbounds = new Set(inbound.map(({ address, port = 0 }) => `${address || networkingAddress}:${port}`))
  const types = new Map<string, string>()
  for (const [i, { type, address = '', port = 0, name }] of listeners.entries()) {
    const place = at.index(i)
    if (!type) place.field('type').add('type must be ZoneIngress or ZoneEgress')
    checkAddress(place.field('address'), address)
    checkPort(place.field('port'), port)
    if (name && names.has(name)) place.field('name').add(`name ${goQuote(name)} must be unique across inbounds and listeners`)
    if (name) names.add(name)
    const key = `${address}:${port}`
    const other = types.get(key)
    if (other !== undefined) {
      place.add(
        other === (type ?? '')
          ? `address:port ${key} is already used by another listener`
          : `address:port ${key} is used by listeners of different types`,
      )
    }
    types.set(key, other ?? type ?? '')
    if (inbounds.has(key)) place.add(`address:port ${key} collides with an inbound listener`)
  }
}
