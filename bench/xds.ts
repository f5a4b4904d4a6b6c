/**
 * `npx tsx bench/xds.ts`: what serving costs a stream, without the network and without working out what a proxy gets. Each
 * line ends with a ratio: the machine's speed and what else it does cancel out.
 */
import type { Any } from '../src/gen/google/protobuf/any.js'
import { Cluster } from '../src/gen/envoy/config/cluster/v3/cluster.js'
import { ClusterLoadAssignment } from '../src/gen/envoy/config/endpoint/v3/endpoint.js'
import { Listener } from '../src/gen/envoy/config/listener/v3/listener.js'
import { DiscoveryResponse } from '../src/gen/envoy/service/discovery/v3/discovery.js'
import { contentVersion } from '../src/server/content-version.js'
import { delta } from '../src/server/delta.js'
import { bytesOf, deltaResponder, sotwResponder } from '../src/server/response-bytes.js'
import { keepUnchanged, typeUrls } from '../src/server/snapshot-cache.js'
import { sotw } from '../src/server/sotw.js'
import { type Response, type StreamState, newStream } from '../src/server/stream-state.js'
import type { ResourceTypeName, SealedResource, Snapshot } from '../src/translate/snapshot.js'

const services = 100
const names = Array.from({ length: services }, (_, i) => `service-${i}`)

function sealed(type: ResourceTypeName, name: string, message: unknown, bytes: Uint8Array): SealedResource {
  return { type, name, message, bytes, version: contentVersion([{ version: Buffer.from(bytes).toString('latin1') }]) }
}

const cluster = (name: string, revision: number) => {
  const message: Cluster = { name, altStatName: `${name}-${revision}`.padEnd(700, 'x'), edsClusterConfig: { edsConfig: {} } }
  return sealed('clusters', name, message, Cluster.encode(message).finish())
}
const endpoints = (name: string, revision: number) => {
  const lbEndpoints = Array.from({ length: 10 }, (_, i) => ({
    hostIdentifier: {
      $case: 'endpoint' as const,
      endpoint: {
        address: {
          address: {
            $case: 'socketAddress' as const,
            socketAddress: { address: `10.${revision}.0.${i}`, portSpecifier: { $case: 'portValue' as const, portValue: 80 } },
          },
        },
      },
    },
  }))
  const message: ClusterLoadAssignment = { clusterName: name, endpoints: [{ lbEndpoints }] }
  return sealed('endpoints', name, message, ClusterLoadAssignment.encode(message).finish())
}
const listener = (name: string, revision: number) => {
  const message: Listener = { name, statPrefix: `${name}-${revision}`.padEnd(4000, 'x') }
  return sealed('listeners', name, message, Listener.encode(message).finish())
}

type Changed = Partial<Record<'clusters' | 'endpoints' | 'listeners', ReadonlyMap<string, number>>>

function snapshot(changed: Changed = {}): Snapshot {
  const all = (type: 'clusters' | 'endpoints' | 'listeners', make: (name: string, revision: number) => SealedResource) =>
    new Map(names.map((name) => [name, make(name, changed[type]?.get(name) ?? 1)]))
  const none = new Map<string, SealedResource>()
  const made = { clusters: all('clusters', cluster), endpoints: all('endpoints', endpoints), listeners: all('listeners', listener) }
  return { ...made, routes: none, secrets: none, runtimes: none }
}

const protocols = {
  sotw: {
    bytes: sotwResponder('cp'),
    next: sotw.next,
    update: sotw.update,
    ask: (state: StreamState, type: ResourceTypeName, wanted: readonly string[], nonce: string) =>
      sotw.receive(state, { type, names: wanted, nonce, version: '' }).state,
  },
  delta: {
    bytes: deltaResponder('cp'),
    next: delta.next,
    update: delta.update,
    ask: (state: StreamState, type: ResourceTypeName, wanted: readonly string[], nonce: string) =>
      delta.receive(state, { type, subscribe: nonce === '' ? wanted : [], unsubscribe: [], initialVersions: {}, nonce }).state,
  },
}
type Protocol = keyof typeof protocols

let written = 0
let responses = 0

/** Writes all that there is to write; the client acknowledges each response. */
function drain(which: Protocol, state: StreamState): StreamState {
  const { next, bytes, ask } = protocols[which]
  for (let current = state; ; ) {
    const { state: after, response } = next(current)
    if (!response) return after
    written += bytesOf(bytes(response)).length
    responses++
    current = ask(after, response.type, response.type === 'endpoints' ? names : [], response.nonce)
  }
}

function connect(which: Protocol, first: Snapshot): StreamState {
  const { update, ask } = protocols[which]
  let state = update(newStream(''), first)
  for (const type of ['clusters', 'endpoints', 'listeners'] as const) {
    state = drain(which, ask(state, type, type === 'endpoints' ? names : [], ''))
  }
  return state
}

/** CPU milliseconds, the median of a few runs. */
function cpu(run: () => void): number {
  const times = Array.from({ length: 7 }, () => {
    const start = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  })
  return times.sort((a, b) => a - b)[3] ?? 0
}

function line(what: string, ms: number, ratio: string): void {
  console.log(`${what.padEnd(66)} ${ms.toFixed(2).padStart(9)} ms   ${ratio}`)
}

const times = (a: number, b: number) => `${(a / b).toFixed(1)} x`

const base = snapshot()
const one = (type: 'clusters' | 'endpoints' | 'listeners', revision: number): Snapshot =>
  keepUnchanged(base, snapshot({ [type]: new Map([['service-7', revision]]) }))
const all = (revision: number): Snapshot => snapshot({ clusters: new Map(names.map((name) => [name, revision])) })

/** Streams, and what telling all of them of a change costs. */
function fleetOf(which: Protocol, count: number): (change: Snapshot) => void {
  let states = Array.from({ length: count }, () => connect(which, base))
  return (change) => {
    states = states.map((state) => drain(which, protocols[which].update(state, change)))
  }
}

console.log(`${services} clusters, endpoints and listeners a proxy; processor time without network and translation\n`)

// 1. Ready bytes.
const full: Response = { type: 'endpoints', nonce: '1', resources: [...base.endpoints.values()], removed: [] }
const assembled = cpu(() => {
  for (let i = 0; i < 200; i++) bytesOf(protocols.sotw.bytes(full))
})
const encoded = cpu(() => {
  for (let i = 0; i < 200; i++) {
    const typeUrl = typeUrls.endpoints
    const resources = full.resources.map((r) => ({
      typeUrl,
      value: ClusterLoadAssignment.encode(r.message as ClusterLoadAssignment).finish(),
    }))
    DiscoveryResponse.encode({ versionInfo: '1', typeUrl, nonce: '1', resources: resources satisfies Any[] }).finish()
  }
})
line('100 endpoints of 10 addresses from ready bytes, 200 times', assembled, `encoding each resource anew: ${times(encoded, assembled)}`)

// 2. One of many changed.
for (const which of ['sotw', 'delta'] as const) {
  const tell = fleetOf(which, 1000)
  let revision = 2
  const single = cpu(() => tell(one('endpoints', revision++)))
  written = 0
  tell(one('endpoints', revision++))
  const bytes = written
  const every = cpu(() => tell(all(revision++)))
  written = 0
  tell(all(revision++))
  line(
    `${which}: one of ${services} endpoints changes, 1,000 proxies`,
    single,
    `all clusters change: ${times(every, single)}, bytes ${times(written, bytes)}`,
  )
}

// 3. No change, and what each stream costs as there are more of them.
const idle = fleetOf('sotw', 1000)
const changing = cpu(() => idle(one('endpoints', 99)))
const same = keepUnchanged(base, snapshot())
const still = cpu(() => idle(same))
line('the same snapshot again, 1,000 proxies', still, `one changed endpoint: ${times(changing, still)}`)
const each = [100, 1000, 5000].map((count) => {
  const tell = fleetOf('sotw', count)
  let revision = 100
  return [count, cpu(() => tell(one('endpoints', revision++))) / count] as const
})
for (const [count, ms] of each) line(`one endpoint changes, a proxy of ${count}`, ms, `of 100: ${times(ms, each[0]?.[1] ?? ms)}`)

// 4. A burst, told to clients that are slower than the changes.
let slow = connect('sotw', base)
responses = 0
for (let revision = 2; revision < 52; revision++) slow = protocols.sotw.update(slow, one('endpoints', revision))
const burst = cpu(() => void drain('sotw', slow))
line('50 changes while the client was busy', burst, `responses a change: ${(responses / 7 / 50).toFixed(2)}`)

// 5. Memory.
globalThis.gc?.()
const heap = process.memoryUsage().heapUsed
const kept = Array.from({ length: 1000 }, () => connect('sotw', base))
globalThis.gc?.()
const used = (process.memoryUsage().heapUsed - heap) / kept.length / 1024
console.log(`${'memory of a stream beside the resources, with --expose-gc'.padEnd(66)} ${used.toFixed(1).padStart(9)} KB`)
