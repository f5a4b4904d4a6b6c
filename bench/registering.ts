/**
 * `npx tsx bench/registering.ts [count] [seconds]`: so many proxies (10,000) bring their Dataplanes along to three kuma-cp on one
 * PostgreSQL, each over an ADS stream of its own over TLS, which then stays open; and what all of them make the database do while
 * nothing happens (30 s; 0: not measured). The programs are those that were built. Streams share connections, or it would be a test of this machine's sockets.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Programs, type Running } from '../scripts/programs.js'
import { type KumaCpPlace, kumaCpPlace } from '../test/kuma-cp/place.js'
import { environment } from '../test/postgres/opened.js'
import { type TestProxy, deltaProxy } from '../test/xds/proxy.js'
import { benchDatabase, cpuSecondsOf } from './postgres-server.js'

const count = Number(process.argv[2] ?? 10_000)
const idleSeconds = Number(process.argv[3] ?? 30)
const replicas = 3
/** At each replica at a time. */
const registering = 100
const streamsPerConnection = 500
const patienceMs = 60_000

let lost = 0
let leaving = false
const database = await benchDatabase()
const programs = new Programs()
const folder = mkdtempSync(join(tmpdir(), 'kuma-registering-'))

interface Replica extends KumaCpPlace {
  readonly program: Running
  readonly ca: string
}

async function replica(index: number): Promise<Replica> {
  const own = join(folder, `${index}`)
  const place = await kumaCpPlace(own)
  const settings = { ...place.settings, ...environment(database.connection), KUMA_LOG_LEVEL: 'warn' }
  const program = programs.start('kuma-cp', ['run'], settings, join(folder, `${index}.log`))
  while (!(await place.ready().catch(() => false))) await sleep(100)
  return { ...place, program, ca: readFileSync(join(own, 'cp', 'kuma-cp.crt'), 'utf8') }
}

function dataplane(index: number): string {
  const address = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
  const inbound = [{ port: 8080, tags: { 'kuma.io/service': `service-${index % 100}`, 'kuma.io/protocol': 'http' } }]
  return JSON.stringify({ type: 'Dataplane', mesh: 'default', name: `dp-${index}`, networking: { address, inbound } })
}

/** @returns the proxy, once it has its listeners; undefined: it got none */
async function register({ proxies: address, ca }: Replica, index: number): Promise<TestProxy | undefined> {
  const metadata = { 'dataplane.resource': dataplane(index) }
  // Another user agent, another connection.
  const agent = `${Math.floor(index / replicas / streamsPerConnection)}`
  const channel = { 'grpc.use_local_subchannel_pool': 0, 'grpc.primary_user_agent': agent }
  const proxy = deltaProxy({ address, ca, channel, id: `default.dp-${index}`, metadata })
  const done = proxy.until(({ listeners }) => listeners.size > 0).then(() => true)
  const failed = proxy.ended.then(({ code, details }) => {
    if (leaving) return
    lost += 1
    console.log(`dp-${index} lost its stream: ${code} ${details}`)
  })
  return (await Promise.race([done, failed, sleep(patienceMs)])) ? proxy : undefined
}

async function measure(): Promise<void> {
  const all: Replica[] = []
  for (let index = 0; index < replicas; index++) all.push(await replica(index))
  const cpu = () => all.map(({ program }) => cpuSecondsOf(program.pid))
  const before = { statements: await database.statements(), seconds: database.cpuSeconds(), cpu: cpu(), began: performance.now() }
  let [next, errors] = [0, 0]
  const open: TestProxy[] = []
  const one = async () => {
    for (let index = next++; index < count; index = next++) {
      const proxy = await register(all[index % replicas] as Replica, index)
      if (proxy) open.push(proxy)
      else errors += 1
      if (proxy && open.length % 1000 === 0) console.log(`${open.length} after ${((performance.now() - before.began) / 1000).toFixed(0)} s`)
    }
  }
  await Promise.all(Array.from({ length: replicas * registering }, one))
  const seconds = (performance.now() - before.began) / 1000
  // Insights are written in batches, some of them later.
  const stored = async (table: string, type: string) =>
    Number((await database.sql(`SELECT count(*) AS n FROM kuma.${table} WHERE type = '${type}'`)).rows[0].n)
  for (let waited = 0; waited < 60 && (await stored('insights', 'DataplaneInsight')) < open.length; waited++) await sleep(1000)
  const done = (await database.statements()) - before.statements
  const [dataplanes, insights] = [await stored('resources', 'Dataplane'), await stored('insights', 'DataplaneInsight')]
  console.log(`${count} proxies registered over ADS streams at ${replicas} kuma-cp in ${seconds.toFixed(0)} s: ${errors} errors`)
  console.log(`  ${dataplanes} Dataplanes and ${insights} insights stored, ${open.length} streams open`)
  const own = cpu().map((now, index) => `${(now - (before.cpu[index] ?? 0)).toFixed(1)} s`)
  console.log(
    `  PostgreSQL: ${done} statements, ${(done / count).toFixed(2)} a proxy; ${(database.cpuSeconds() - before.seconds).toFixed(1)} s of CPU`,
  )
  console.log(`  kuma-cp: ${own.join(', ')} of CPU`)

  if (idleSeconds > 0) await idle()
  console.log(`  ${lost} streams lost`)
  leaving = true
  for (const proxy of open) proxy.close()
  await Promise.all(all.map(({ program }) => program.stop()))
}

async function idle(): Promise<void> {
  // Until what connecting brought about is written.
  await sleep(30_000)
  const before = { statements: await database.statements(), seconds: database.cpuSeconds(), began: performance.now() }
  await sleep(idleSeconds * 1000)
  const idled = (performance.now() - before.began) / 1000
  const rate = ((await database.statements()) - before.statements) / idled
  const share = ((database.cpuSeconds() - before.seconds) / idled) * 100
  console.log(`  idle: ${rate.toFixed(2)} statements a second in all, ${share.toFixed(2)} % of a core, over ${idled.toFixed(0)} s`)
}

try {
  await database.fresh(measure)
} finally {
  programs.stopAll()
  await database.close()
  rmSync(folder, { recursive: true, force: true })
}
process.exit()
