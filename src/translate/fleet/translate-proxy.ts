import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { Resource } from '../../core/resource.js'
import type { MeshContext } from '../mesh-context.js'
import { readNodeMetadata } from '../node-metadata.js'
import { policies } from '../policies/index.js'
import { inboundsOf, transparentProxyOf } from '../proxy.js'
import type { ProxyKey } from '../proxy-key.js'
import type { SealedPool } from '../seal.js'
import { type ProxyOptions, type Translation, translateProxy } from '../translate.js'
import { type FleetMemory, type Outcome, type ProxyMemory, type Reading, inMesh } from './memory.js'
import { nodeStandInOf } from './node-stand-in.js'
import { cells, trackReads } from './reads.js'
import { type StandIn, ownStandIn, standInOf } from './stand-in.js'
import { buildTemplate, fillTemplate, withEndpoints } from './template.js'

export interface Workshop {
  readonly memory: FleetMemory
  readonly pool: SealedPool
}

/** Kinds of policies that select proxies by targetRef. */
export const targetRefKinds = policies.map(({ kind }) => kind).filter(({ policy }) => policy?.matching === 'targetRef')

/** What is remembered of the proxy for these options, where it still holds. */
export function rememberedOutcome(proxy: ProxyMemory | undefined, options: ProxyOptions): Outcome | undefined {
  return proxy?.outcomes.find((outcome) => outcome.fresh && sameOptions(outcome.options, options))
}

/** Translates a Dataplane, or fills in what was made for proxies like it. */
export function translateDataplane(
  { memory, pool }: Workshop,
  mesh: MeshContext,
  dataplane: Resource<DataplaneSpec>,
  key: ProxyKey,
  id: string,
  options: ProxyOptions,
): Translation {
  const proxy = memory.meet(key, id, mesh.rules.shapeOf(dataplane))
  const before = formerOutcome(proxy, options)
  const own = addressMatters(mesh, dataplane, options) ? ownStandIn(dataplane) : standInOf(dataplane)
  const node = nodeStandInOf(options.metadata)
  const standIn = { ...own, holes: [...own.holes, ...node.holes] }
  const reading = readingFor({ memory, pool }, mesh, dataplane, id, standIn, options, before)
  const { template } = reading
  if (template) {
    reading.contents ??= withEndpoints(template, mesh.endpoints, pool, before?.given?.contents)
    const given = fillTemplate(template, reading.contents, dataplane, standIn.holes, options, pool, before?.given)
    return keep(memory, { proxy, options, reading, given, translation: given.translation, fresh: true }, before)
  }
  const { reading: alone, result } = readAlone(mesh.name, id, (read) =>
    translateProxy(trackReads(mesh, read, dataplane), dataplane, { ...options, pool }),
  )
  memory.keepReading(alone)
  return keep(memory, { proxy, options, reading: alone, translation: result, fresh: true }, before)
}

/** Does something that reads meshes and remembers the outcome as the proxy's own. */
export function translateAlone(
  { memory }: Workshop,
  key: ProxyKey,
  id: string,
  options: ProxyOptions,
  translate: (track: (mesh: MeshContext) => MeshContext, read: (cell: string) => void) => Translation,
): Translation {
  const proxy = memory.meet(key, id)
  const seen = new Set<string>()
  const read = (cell: string) => seen.add(cell)
  const translation = translate((mesh) => trackReads(mesh, (cell) => read(inMesh(mesh.name, cell))), read)
  const reading: Reading = { cells: seen, endpointCells: noCells, builtFor: id, users: new Set() }
  memory.keepReading(reading)
  return keep(memory, { proxy, options, reading, translation, fresh: true }, formerOutcome(proxy, options))
}

function keep(memory: FleetMemory, outcome: Outcome, before: Outcome | undefined): Translation {
  memory.keepOutcome(outcome, before)
  return outcome.translation
}

/** The reading of proxies like this one; made where there is none yet. */
function readingFor(
  { memory, pool }: Workshop,
  mesh: MeshContext,
  dataplane: Resource<DataplaneSpec>,
  id: string,
  standIn: StandIn,
  options: ProxyOptions,
  before: Outcome | undefined,
): Reading {
  const common = `${standIn.key}\n${mesh.rules.selection(targetRefKinds, dataplane)}\n${optionsText(options)}`
  const alike = memory.like(common)
  if (alike && (!alike.template?.personal || alike.builtFor === id)) return alike
  const likeness = alike ? `${common}\n${id}` : common
  const own = alike && memory.like(likeness)
  if (own) return own
  const { reading, result: template } = readAlone(mesh.name, id, (read) =>
    buildTemplate(
      trackReads(mesh, read, standIn.dataplane),
      standIn,
      { ...options, metadata: nodeStandInOf(options.metadata).metadata },
      pool,
      before?.given?.contents,
    ),
  )
  const services = template ? [...template.destinations.values()].map(({ service }) => service) : []
  const endpointCells = new Set(services.map((service) => inMesh(mesh.name, cells.endpoints(service))))
  const kept: Reading = { ...reading, likeness, template, endpointCells }
  memory.keepReading(kept)
  return kept
}

const noCells: ReadonlySet<string> = new Set()

function readAlone<T>(mesh: string, id: string, work: (read: (cell: string) => void) => T): { reading: Reading; result: T } {
  const read = new Set<string>()
  const result = work((cell) => read.add(inMesh(mesh, cell)))
  return { reading: { cells: read, endpointCells: noCells, builtFor: id, users: new Set() }, result }
}

/** What the same stream got last: of several, the one with the same metadata. */
function formerOutcome({ outcomes }: ProxyMemory, options: ProxyOptions): Outcome | undefined {
  return outcomes.find((outcome) => outcome.options.metadata === options.metadata) ?? (outcomes.length === 1 ? outcomes[0] : undefined)
}

/** A proxy with a virtual address among its own has its inbounds in the way of outbounds. */
function addressMatters(mesh: MeshContext, { spec }: Resource<DataplaneSpec>, { metadata }: ProxyOptions): boolean {
  const node = readNodeMetadata(metadata)
  if (!transparentProxyOf(spec, node) && !node.features.has('feature-bind-outbounds')) return false
  const virtual = virtualAddresses(mesh)
  return inboundsOf(spec).some(({ address }) => virtual.has(address))
}

const addressSets = new WeakMap<object, WeakMap<object, ReadonlySet<string>>>()

function virtualAddresses({ vipOutbounds, services }: MeshContext): ReadonlySet<string> {
  const ofOutbounds = addressSets.get(vipOutbounds) ?? new WeakMap<object, ReadonlySet<string>>()
  addressSets.set(vipOutbounds, ofOutbounds)
  const known = ofOutbounds.get(services)
  if (known) return known
  const made = new Set([...vipOutbounds.map(({ address }) => address), ...services.all.flatMap(({ vips }) => vips)])
  ofOutbounds.set(services, made)
  return made
}

const texts = new WeakMap<object, string>()
let numbered = 0

/** A text that stands for an object and no other. */
function textOf(value: object | undefined): string {
  if (value === undefined) return ''
  const text = texts.get(value) ?? String(++numbered)
  texts.set(value, text)
  return text
}

/** What the options say that a template depends on. */
function optionsText({ metadata, adminTls, internalAddresses, rawCodec }: ProxyOptions): string {
  return [nodeStandInOf(metadata).key, textOf(adminTls), textOf(internalAddresses), textOf(rawCodec)].join('\n')
}

function sameOptions(a: ProxyOptions, b: ProxyOptions): boolean {
  const fields = ['metadata', 'identity', 'workloadIdentity', 'adminTls', 'internalAddresses', 'rawCodec'] as const
  return fields.every((field) => a[field] === b[field]) && sameEntries(a.identities, b.identities)
}

function sameEntries(a: ReadonlyMap<string, unknown> = new Map(), b: ReadonlyMap<string, unknown> = new Map()): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}
