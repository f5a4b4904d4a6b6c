import { KumaError } from '../core/errors.js'
import { nearest } from '../core/schema/nearest.js'
import { type Fleet, type ProxyKey, createFleet } from '../translate/fleet.js'
import { tagSetsOf } from '../translate/proxy.js'
import type { Resource } from '../core/resource.js'
import { tag } from '../translate/tags.js'
import { dial } from './dialled.js'
import { isGrpc, seenByGrpc } from './grpc.js'
import { type Proxies, type SimulateOptions, createProxies } from './proxies.js'
import { type SimulatedRequest, httpMessage } from './request.js'
import type { Simulation } from './result.js'
import { takeConnection } from './walk.js'

/** Answers what would become of requests in one mesh, or in several. */
export interface Simulator {
  /** @throws KumaError `unknown-proxy` when there is no such caller */
  simulate(request: SimulatedRequest): Simulation
}

/**
 * Walks requests through the Envoy configuration that a fleet's proxies get. Each proxy is translated once, when a request first
 * comes to it.
 */
export function createSimulator(mesh: Fleet | Iterable<Resource>, options: SimulateOptions = {}): Simulator {
  const fleet = Symbol.iterator in mesh ? createFleet(mesh) : mesh
  const proxies = createProxies(fleet, options)
  return { simulate: (request) => simulateOne(proxies, request) }
}

/**
 * What would become of a request: who lets it in or keeps it out, which route it takes, where it arrives. Asks the generated
 * configuration of every proxy on the way, as Envoy would; pure, so it runs in tests and in browsers.
 * @throws KumaError `unknown-proxy` when there is no such caller
 */
export function simulate(mesh: Fleet | Iterable<Resource>, request: SimulatedRequest, options?: SimulateOptions): Simulation {
  return createSimulator(mesh, options).simulate(request)
}

function simulateOne(proxies: Proxies, request: SimulatedRequest): Simulation {
  const from = callerOf(proxies.fleet, request.from)
  const caller = proxies.of(from)
  const dialled = dial(caller, request)
  if ('problem' in dialled) return { from, outcomes: [{ kind: 'failed', probability: 1, reason: dialled.problem, hops: [] }] }
  const { listener, target } = dialled
  const message = request.protocol === 'tcp' ? undefined : httpMessage(request)
  const tls = request.sni === undefined ? undefined : { sni: request.sni, alpn: [], uris: [], expects: [] }
  const begins = message && (request.protocol === 'http2' ? 'h2c' : 'http/1.1')
  const outcomes = takeConnection(proxies, caller, listener, { target, message, begins, tls, mesh: from.mesh, hops: [], probability: 1 })
  const seen = message && isGrpc(message) ? outcomes.map(seenByGrpc) : outcomes
  return { from, outcomes: seen.toSorted((a, b) => b.probability - a.probability) }
}

function callerOf(fleet: Fleet, from: SimulatedRequest['from']): ProxyKey {
  if (typeof from !== 'string') {
    if (!fleet.has(from)) throw new KumaError('unknown-proxy', `there is no proxy "${from.name}" in mesh "${from.mesh ?? ''}"`)
    return from
  }
  const proxies = fleet.proxies()
  const found = proxies.find(({ name }) => name === from) ?? proxies.find((key) => servicesOf(fleet, key).includes(from))
  if (found) return found
  const known = [...new Set(proxies.flatMap((key) => [key.name, ...servicesOf(fleet, key)]))]
  const meant = nearest(from, known)
  throw new KumaError('unknown-proxy', `there is no proxy or service "${from}"${meant ? `. Did you mean "${meant}"?` : ''}`)
}

function servicesOf(fleet: Fleet, { mesh, name }: ProxyKey): readonly string[] {
  const dataplane = mesh === undefined ? undefined : fleet.mesh(mesh)?.dataplanes.find((one) => one.name === name)
  return dataplane ? tagSetsOf(dataplane.spec).flatMap((tags) => tags[tag.service] ?? []) : []
}
