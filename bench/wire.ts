/**
 * `npm run bench -- wire`: what proxies see of a control plane, over gRPC and TLS: connecting, a policy for all, an address that
 * changes, nothing, and a restart. The control plane is the program that was built, in a process of its own; proxies behave as Envoy
 * does, but for asking for secrets, all in this process. Dataplane tokens are off. `PROXIES`: how many (200), `STORE`: memory or embedded.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Programs, type Running } from '../scripts/programs.js'
import { toUniversal } from '../src/core/print.js'
import type { Resource } from '../src/core/resource.js'
import { Cluster } from '../src/gen/envoy/config/cluster/v3/cluster.js'
import { registry } from '../src/translate/kinds.js'
import { type KumaCpPlace, kumaCpPlace } from '../test/kuma-cp/place.js'
import { type TestProxy, deltaProxy, sotwProxy } from '../test/xds/proxy.js'
import { cpuSecondsOf } from './postgres-server.js'
import { type Workload, proxyOf, resourcesOf, timeoutForAll } from './workload.js'

const workload: Workload = { proxies: Number(process.env['PROXIES'] ?? 200), services: 10, outbounds: 10, policies: true }
const changes = 3
const addresses = 5
const folder = mkdtempSync(join(tmpdir(), 'kuma-wire-'))
const programs = new Programs()
const place = await kumaCpPlace(folder)

async function start(store: string): Promise<Running> {
  const settings = { KUMA_STORE_TYPE: store, KUMA_DP_SERVER_AUTHN_DP_PROXY_TYPE: 'none', KUMA_LOG_LEVEL: 'warn' }
  const program = programs.start('kuma-cp', ['run'], { ...place.settings, ...settings }, join(folder, 'cp.log'))
  while (!(await place.ready().catch(() => false))) await sleep(50)
  return program
}

async function put(resource: Resource): Promise<void> {
  const { type, mesh, name } = resource
  const plural = registry.byType(type)?.plural ?? ''
  const path = mesh === undefined ? `${plural}/${name}` : `meshes/${mesh}/${plural}/${name}`
  // The timeouts that a mesh brings along would win over those that are changed here.
  const alone = type === 'Mesh' ? { skipCreatingInitialPolicies: ['*'] } : {}
  const body = JSON.stringify({ ...toUniversal(resource, registry), ...alone })
  const response = await fetch(`${place.api}/${path}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body })
  if (!response.ok) throw new Error(`PUT ${path}: ${response.status} ${await response.text()}`)
}

const metadata = (name: string) => ({
  'dataplane.proxyType': 'dataplane',
  workdir: `/tmp/kuma-dp-${name}`,
  features: ['feature-tcp-accesslog-via-named-pipe', 'feature-embedded-dns'],
})

type Open = (index: number, place: KumaCpPlace, ca: string) => TestProxy

const options = (index: number, { proxies: address }: KumaCpPlace, ca: string) => {
  const name = `dp-${index}`
  return { address, ca, id: `bench.${name}`, metadata: metadata(name) }
}
const sotw: Open = (...told) => sotwProxy(options(...told))

/** All proxies, once each has its listeners and the endpoints of its clusters. */
async function connectAll(open: Open): Promise<TestProxy[]> {
  const ca = readFileSync(join(folder, 'cp', 'kuma-cp.crt'), 'utf8')
  const all = Array.from({ length: workload.proxies }, (_, index) => open(index, place, ca))
  await everybody(all, ({ listeners, endpoints }) => listeners.size > 0 && endpoints.size >= workload.outbounds)
  return all
}

const everybody = (all: readonly TestProxy[], fits: (held: TestProxy['held']) => boolean) => Promise.all(all.map((one) => one.until(fits)))

/** Milliseconds until each of them is as it is to be, in order. */
async function timesOf(all: readonly TestProxy[], fits: (held: TestProxy['held']) => boolean): Promise<number[]> {
  const start = performance.now()
  const times = await Promise.all(all.map((one) => one.until(fits).then(() => performance.now() - start)))
  return times.sort((a, b) => a - b)
}

function line(what: string, figures: string, target: string): void {
  console.log(`${what.padEnd(44)} ${figures.padEnd(56)} ${target}`)
}

const ms = (value: number | undefined) => `${(value ?? 0).toFixed(0)} ms`
const median = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)]
const resident = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

async function serving(store: string): Promise<void> {
  const { pid, stop } = await start(store)
  for (const resource of resourcesOf(workload)) await put(resource)
  const cpu = cpuSecondsOf(pid)
  const began = performance.now()
  const all = await connectAll(sotw)
  const seconds = (performance.now() - began) / 1000
  const used = `${(cpuSecondsOf(pid) - cpu).toFixed(1)} s of its CPU, ${resident(pid).toFixed(0)} MB resident`
  line(`${workload.proxies} proxies connect (${store} store)`, `${seconds.toFixed(1)} s, ${used}`, 'of 1,000: 8 s, 12 s, 350 MB')

  for (let i = 0; i < changes; i++) {
    await sleep(2000)
    await put(timeoutForAll(30 + i))
    const times = await timesOf(all, ({ clusters }) => connectTimeout(clusters.get('svc-1')) === 30 + i)
    line('a policy for all', `median ${ms(median(times))}, last ${ms(times.at(-1))}`, 'last of 1,000: 500 ms')
  }
  for (let i = 0; i < addresses; i++) {
    await sleep(1000)
    const address = `10.200.0.${10 + i}`
    await put(proxyOf(workload, 1, address))
    const times = await timesOf(all, ({ endpoints }) => Buffer.from(endpoints.get('svc-1') ?? []).includes(address))
    line('an address', `median ${ms(median(times))}, last ${ms(times.at(-1))}`, 'of 1,000: median 100 ms, last 300 ms')
  }
  await sleep(12_000)
  const before = cpuSecondsOf(pid)
  await sleep(10_000)
  line('nothing', `${((cpuSecondsOf(pid) - before) / 10).toFixed(3)} of a core`, 'of 1,000: 0.01')
  for (const one of all) one.close()
  await stop()
}

/** Seconds in a cluster's connect_timeout. */
function connectTimeout(cluster: Uint8Array | undefined): number | undefined {
  return cluster && Cluster.decode(cluster).connectTimeout?.seconds
}

async function restarting(): Promise<void> {
  const first = await start('embedded')
  for (const resource of resourcesOf(workload)) await put(resource)
  const all = await connectAll((...told) => deltaProxy(options(...told)))
  const had = all.map(({ responses }) => {
    const versions: Partial<Record<string, Record<string, string>>> = {}
    for (const { type, resources } of responses) for (const { name, version } of resources) (versions[type] ??= {})[name] = version
    return versions
  })
  await sleep(1000)
  for (const one of all) one.close()
  await first.stop()
  const { stop } = await start('embedded')
  const ca = readFileSync(join(folder, 'cp', 'kuma-cp.crt'), 'utf8')
  const began = performance.now()
  const back = all.map((_, index) => deltaProxy({ ...options(index, place, ca), initialVersions: had[index] }))
  // Nobody has a resource of that name, which each is told, once what it is to have is known.
  const told = back.map(async (one, index) => {
    one.ask('endpoints', Object.keys(had[index]?.['endpoints'] ?? {}))
    one.ask('runtimes', ['nothing'])
    while (!one.responses.some(({ removed }) => removed.includes('nothing'))) await sleep(5)
  })
  await Promise.all(told)
  const seconds = (performance.now() - began) / 1000
  await sleep(1000)
  const bodies = back.flatMap(({ responses }) => responses.flatMap(({ resources }) => resources)).length
  line(`${workload.proxies} delta streams come back`, `${seconds.toFixed(1)} s, ${bodies} resources sent`, 'of 1,000: 3 s, none')
  for (const one of back) one.close()
  await stop()
}

try {
  await serving(process.env['STORE'] ?? 'memory')
  await restarting()
} finally {
  programs.stopAll()
  await sleep(500)
  rmSync(folder, { recursive: true, force: true })
}
