/**
 * The main job in one command: a control plane on the embedded store, the mesh of examples/shop, what each proxy gets, and,
 * where Envoy can be had, real requests through the mesh with mTLS on. Everything it writes is in a folder of its own that
 * goes away with it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Table from 'cli-table3'
import { shopPorts, startShop, webAsksOrders, webAsksStock } from './demo/shop.js'
import { ensureEnvoy } from './envoy.js'
import { busyPorts, freePorts } from './ports.js'
import { Programs, type Running } from './programs.js'

const shop = (file: string) => fileURLToPath(new URL(`../examples/shop/${file}`, import.meta.url))
const files = [shop('mesh.yaml'), shop('dataplanes.yaml')]
const proxies = ['web-1', 'orders-1', 'orders-2', 'stock-1']

const programs = new Programs()
const say = (line = '') => console.log(line)
const step = (text: string) => say(`\n== ${text}`)

type Snapshot = Partial<Record<'listeners' | 'clusters' | 'routes' | 'endpoints' | 'secrets', Record<string, object>>>

async function main(folder: string): Promise<void> {
  const busy = await busyPorts(shopPorts)
  if (busy.length > 0) throw new Error(`the shop needs these ports of 127.0.0.1, and something else has them: ${busy.join(', ')}`)
  const ports = await freePorts(5)
  const [api = 0, https = 0, dp = 0, diagnostics = 0, mads = 0] = ports
  const url = `http://127.0.0.1:${api}`
  const kumactl = (...args: string[]) => programs.run('kumactl', ['--config-file', join(folder, 'kumactl.yaml'), ...args])

  step('kuma-cp starts, on the embedded store')
  const cp = programs.start(
    'kuma-cp',
    ['run'],
    {
      KUMA_GENERAL_WORK_DIR: join(folder, 'cp'),
      KUMA_STORE_TYPE: 'embedded',
      KUMA_API_SERVER_HTTP_PORT: String(api),
      KUMA_API_SERVER_HTTPS_PORT: String(https),
      KUMA_DP_SERVER_PORT: String(dp),
      KUMA_DIAGNOSTICS_SERVER_PORT: String(diagnostics),
      KUMA_MONITORING_ASSIGNMENT_SERVER_PORT: String(mads),
    },
    join(folder, 'kuma-cp.log'),
  )
  await until(async () => (await fetch(`${url}/`)).ok, 20_000, cp, 'kuma-cp does not answer')
  say(`its API is at ${url}`)
  await kumactl('config', 'control-planes', 'add', '--name', 'demo', '--address', url)

  step('kumactl apply: the mesh of examples/shop')
  for (const file of files) say((await kumactl('apply', '-f', file)).trim())

  step('what each proxy gets (kumactl translate shows all of it)')
  say(await translationTable(kumactl))

  const envoy = ensureEnvoy((line) => say(line))
  if (!envoy.found) {
    step('no Envoy here, so no proxies are started')
    say(envoy.message)
    say(await kumactl('inspect', 'dataplanes', '--mesh', 'shop'))
    await cp.stop()
    return
  }

  step(`four proxies start, each a kuma-dp with a real Envoy (${envoy.path})`)
  const applications = await startShop()
  const running = proxies.map((name) =>
    programs.start(
      'kuma-dp',
      ['run'],
      {
        ENVOY_PATH: envoy.path,
        KUMA_CONTROL_PLANE_BOOTSTRAP_SERVER_URL: `http://127.0.0.1:${https}`,
        KUMA_DATAPLANE_MESH: 'shop',
        KUMA_DATAPLANE_NAME: name,
        KUMA_DATAPLANE_ADMIN_PORT: '0',
      },
      join(folder, `${name}.log`),
    ),
  )
  await until(async () => (await webAsksOrders()).status === 200, 60_000, cp, 'web cannot ask orders', running)
  say(await kumactl('inspect', 'dataplanes', '--mesh', 'shop'))

  step('requests through the mesh, encrypted between the proxies')
  const plain = await webAsksOrders()
  say(`web asks orders                        -> ${plain.status} ${plain.text}`)
  const newer = await webAsksOrders({ 'x-orders-version': '2' })
  say(`web asks orders, x-orders-version: 2   -> ${newer.status} ${newer.text}`)
  const refused = await webAsksStock()
  say(`web asks stock (no permission)         -> ${refused.status} ${refused.text}`)
  if (!plain.text.startsWith('orders v1') || !newer.text.startsWith('orders v2') || refused.status !== 403) {
    throw new Error('the mesh did not do what its resources say')
  }

  step('everything stops')
  await Promise.all(running.map((proxy) => proxy.stop()))
  applications.stop()
  await cp.stop()
  say('done')
}

async function translationTable(kumactl: (...args: string[]) => Promise<string>): Promise<string> {
  const all = JSON.parse(await kumactl('translate', ...files.flatMap((file) => ['-f', file]), '-o', 'json')) as Record<string, Snapshot>
  const table = new Table({ head: ['proxy', 'listeners', 'clusters', 'endpoints', 'secrets'], style: { head: [], border: [] } })
  for (const [proxy, { listeners = {}, clusters = {}, endpoints = {}, secrets = {} }] of Object.entries(all)) {
    table.push([proxy, ...[listeners, clusters, endpoints, secrets].map((resources) => Object.keys(resources).join('\n'))])
  }
  return table.toString()
}

/** Asks again until it holds. What a program said last helps whoever it failed for. */
async function until(
  holds: () => Promise<boolean>,
  limitMs: number,
  cp: Running,
  failure: string,
  others: readonly Running[] = [],
): Promise<void> {
  const end = Date.now() + limitMs
  let gone: number | undefined
  for (const { ended } of [cp, ...others]) ended.then((status) => (gone = status))
  while (Date.now() < end && gone === undefined) {
    if (await holds().catch(() => false)) return
    await sleep(100)
  }
  const logs = [cp, ...others].map((program) => `---\n${program.said().split('\n').slice(-15).join('\n')}`)
  throw new Error(
    `${failure}${gone === undefined ? ` after ${limitMs / 1000} s` : ` (a program ended with status ${gone})`}\n${logs.join('\n')}`,
  )
}

const folder = mkdtempSync(join(tmpdir(), 'kuma-demo-'))
process.once('SIGINT', () => process.exit(130))
process.once('SIGTERM', () => process.exit(143))
process.once('exit', () => {
  programs.stopAll()
  rmSync(folder, { recursive: true, force: true })
})
try {
  await main(folder)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
// What is still open after a failure must not keep the demo from ending.
process.exit()
