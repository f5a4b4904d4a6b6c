import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SnapshotJson } from '../protojson/snapshot-json.js'
import { testCertificate } from './test-certificate.js'
import { type StaticConfig, layeredRuntime, staticConfig } from './static-config.js'

export interface ProxyConfig {
  readonly name: string
  readonly snapshot: SnapshotJson
}

/** A proxy's configuration that Envoy doesn't take, and what it says. */
export interface Rejection {
  readonly name: string
  readonly message: string
}

/** How many proxies one Envoy process looks at: starting it costs about as much as looking at these. */
const batchSize = 64

/** Asks `envoy --mode validate` about each proxy's configuration. Gives those that it refuses. */
export async function rejections(envoy: string, proxies: readonly ProxyConfig[]): Promise<Rejection[]> {
  const pem = await testCertificate()
  const all = proxies.map(({ name, snapshot }, index) => ({ name, config: staticConfig(snapshot, index % batchSize, pem) }))
  const dangling = all.flatMap(({ name, config }) => config.dangling.map((message) => ({ name, message })))
  const batches = Array.from({ length: Math.ceil(all.length / batchSize) }, (_, i) => all.slice(i * batchSize, (i + 1) * batchSize))
  const found: Rejection[] = [...dangling]
  for (const batch of batches) found.push(...(await refusedOf(envoy, batch)))
  return found
}

type Candidate = { readonly name: string; readonly config: StaticConfig }

/** Envoy stops at the first thing that it doesn't like: halves are asked again until it is clear who is meant. */
async function refusedOf(envoy: string, batch: readonly Candidate[]): Promise<Rejection[]> {
  const message = await validate(envoy, bootstrapOf(batch.map(({ config }) => config)))
  if (message === undefined) return []
  if (batch.length === 1) return [{ name: batch[0]?.name ?? '', message }]
  const middle = Math.ceil(batch.length / 2)
  return [...(await refusedOf(envoy, batch.slice(0, middle))), ...(await refusedOf(envoy, batch.slice(middle)))]
}

function bootstrapOf(configs: readonly StaticConfig[]): object {
  return {
    node: { id: 'mesh.proxy', cluster: 'proxy' },
    layeredRuntime,
    staticResources: {
      clusters: [...ownClusters, ...configs.flatMap(({ clusters }) => clusters)],
      listeners: configs.flatMap(({ listeners }) => listeners),
      secrets: configs.flatMap(({ secrets }) => secrets),
    },
  }
}

/** Clusters of every proxy's bootstrap, which the configuration may name. */
const ownClusters = ['ads_cluster', 'access_log_sink'].map((name) => ({ name, type: 'STATIC', loadAssignment: { clusterName: name } }))

/** What Envoy says against a bootstrap; `undefined` when it takes it. */
export async function validate(envoy: string, bootstrap: object): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'kuma-validate-'))
  try {
    const file = join(folder, 'bootstrap.json')
    await writeFile(file, JSON.stringify(bootstrap))
    const { status, output } = await run(envoy, ['--mode', 'validate', '--config-path', file, '--log-level', 'error', '--concurrency', '1'])
    return status === 0 ? undefined : complaint(output.replaceAll(file, 'bootstrap')) || `Envoy ended with status ${status}`
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Envoy's complaint holds the whole message that it doesn't like: its beginning and end say what is wrong. */
function complaint(output: string): string {
  const text = output.replace(/^.*?error initializing configuration 'bootstrap': /s, '').trim()
  return text.length <= 700 ? text : `${text.slice(0, 250)} ... ${text.slice(-450)}`
}

function run(command: string, args: readonly string[]): Promise<{ status: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, output }))
  })
}
