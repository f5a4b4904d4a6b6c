import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { resourceTypes } from '../../src/translate/snapshot.js'
import type { WorldBody } from './http-driver.js'
import { type Rig, rig } from './wire.js'
import { type World, seenIn } from './world.js'

/** `npm run xds-conformance` against a server in another process, as others use it. */

let served: Rig
let endpoint: http.Server
/** What the server makes of what it is told. */
let serve: (world: World) => World

beforeEach(async () => {
  served = await rig()
  serve = (world) => world
  endpoint = http.createServer(async (request, response) => {
    served.host.apply(serve(worldIn(JSON.parse(await text(request)) as WorldBody)))
    response.end()
  })
  await once(endpoint.listen(0, '127.0.0.1'), 'listening')
})
afterEach(async () => {
  endpoint.close()
  endpoint.closeAllConnections()
  await served.close()
})

function worldIn({ resources }: WorldBody): World {
  return Object.fromEntries(
    resourceTypes.map(({ name: type, typeUrl }) => [
      type,
      Object.fromEntries(
        Object.entries(resources[typeUrl] ?? {}).map(([name, bytes]) => [name, seenIn(type, Buffer.from(bytes, 'base64'))]),
      ),
    ]),
  )
}

async function judge(...more: readonly string[]): Promise<{ readonly status: unknown; readonly said: string }> {
  const path = (file: string) => fileURLToPath(new URL(file, import.meta.url))
  const args = ['--import', 'tsx', path('main.ts'), '--target', served.address, '--driver', path('http-driver.ts'), ...more]
  const { port } = endpoint.address() as AddressInfo
  const env = { ...process.env, XDS_DRIVER_URL: `http://127.0.0.1:${port}/`, XDS_DRIVER_QUIET_MS: '40' }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const [said, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  return { status, said }
}

it('finds that all rules hold', async () => {
  const { status, said } = await judge()
  expect(said).toContain('all rules hold')
  expect(said).not.toContain('BROKEN')
  expect(status).toBe(0)
})

it('says which rules a server breaks, and fails', async () => {
  // What is gone is never dropped.
  let all: World = {}
  serve = (world) => (all = { ...all, clusters: { ...all.clusters, ...world.clusters } })
  const { status, said } = await judge('--protocol', 'sotw', '--patience-ms', '300')
  expect(said).toMatch(/BROKEN sotw +endpoints that did not change/)
  expect(status).toBe(1)
})
