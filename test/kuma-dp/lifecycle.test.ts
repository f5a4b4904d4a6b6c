import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { BootstrapRequest } from '../../src/translate/bootstrap.js'
import { type RunningDp, startKumaDp } from './program.js'

/** kuma-dp with a script in Envoy's place: how it starts, watches and ends its child. */

let folder: string
let controlPlane: http.Server
let asked: BootstrapRequest | undefined
let running: RunningDp | undefined

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kuma-dp-test-'))
  controlPlane = http.createServer(async (request, response) => {
    asked = JSON.parse(Buffer.concat(await request.toArray()).toString())
    response.end('node: { id: default.web-1 }\n')
  })
  await once(controlPlane.listen(0, '127.0.0.1'), 'listening')
})
afterEach(async () => {
  running?.child.kill('SIGKILL')
  await running?.ended
  running = undefined
})
afterAll(() => {
  controlPlane.close()
  rmSync(folder, { recursive: true })
})

function script(name: string, ...lines: string[]): string {
  const path = join(folder, name)
  const version = 'if [ "$1" = --version ]; then echo "envoy  version: 0/1.40.0/Clean/RELEASE/BoringSSL"; exit 0; fi'
  writeFileSync(path, ['#!/bin/sh', version, ...lines].join('\n'))
  chmodSync(path, 0o755)
  return path
}

/** Told to use a folder of its own for temporary files, to see what it leaves behind. */
function start(envoy: string, ...args: string[]): RunningDp {
  const { port } = controlPlane.address() as AddressInfo
  running = startKumaDp(['run', '--name', 'web-1', '--drain-time', '100ms', ...args], {
    KUMA_CONTROL_PLANE_URL: `http://127.0.0.1:${port}`,
    ENVOY_PATH: envoy,
    TMPDIR: folder,
  })
  return running
}

const temporaryFolders = () => readdirSync(folder).filter((name) => name.startsWith('kuma-dp-'))

test('Envoy gets the configuration, and the control plane is told of it', async () => {
  const envoy = script('show', 'echo "arguments: $*"', 'cat "$2"', 'stat -c "mode: %a" "$2"')
  const { ended, output } = start(envoy, '--concurrency', '2', '--envoy-log-level', 'debug')
  expect(await ended).toBe(0)
  expect(output()).toMatch(
    /--config-path \S+bootstrap.yaml --drain-time-s 1 --drain-strategy immediate --disable-hot-restart --log-level debug --concurrency 2/,
  )
  expect(output()).toContain('id: default.web-1')
  expect(output()).toContain('mode: 600')
  expect(asked).toMatchObject({
    mesh: 'default',
    name: 'web-1',
    proxyType: 'dataplane',
    version: { envoy: { version: '1.40.0', kumaDpCompatible: true } },
    features: ['feature-tcp-accesslog-via-named-pipe', 'feature-reuse-port', 'feature-strict-inbound-ports'],
    readinessPort: expect.any(Number),
    workdir: expect.stringContaining(folder),
  })
  expect(temporaryFolders()).toEqual([])
})

test.each([
  ['exit 7', 7],
  ['kill -9 $$', 137],
])('Envoy that ends with "%s" gives status %i', async (line, status) => {
  expect(await start(script('end', line)).ended).toBe(status)
  expect(temporaryFolders()).toEqual([])
})

test('a signal is passed on, and the files go', async () => {
  const envoy = script('wait', 'trap "echo envoy: told to stop; exit 0" TERM', 'echo envoy: started', 'while :; do sleep 0.05; done')
  const dp = start(envoy)
  await dp.said(/envoy: started/)
  expect(temporaryFolders()).toHaveLength(1)
  dp.child.kill('SIGTERM')
  expect(await dp.ended).toBe(0)
  expect(dp.output()).toContain('envoy: told to stop')
  expect(temporaryFolders()).toEqual([])
})

test('a signal while the control plane is silent ends the waiting', async () => {
  running = startKumaDp(['run', '--name', 'web-1'], {
    KUMA_CONTROL_PLANE_URL: 'http://127.0.0.1:1',
    ENVOY_PATH: script('never', 'exit 1'),
    TMPDIR: folder,
  })
  await running.said(/no bootstrap configuration yet/)
  running.child.kill('SIGINT')
  expect(await running.ended).toBe(0)
  expect(temporaryFolders()).toEqual([])
})

test('the work folder of the user stays', async () => {
  const workDir = join(folder, 'mine')
  expect(await start(script('quick', 'exit 0'), '--work-dir', workDir, '--dataplane-token', 'a.b.c').ended).toBe(0)
  expect(readFileSync(join(workDir, 'bootstrap.yaml'), 'utf8')).toContain('default.web-1')
  expect(asked).toMatchObject({ dataplaneToken: 'a.b.c', dataplaneTokenPath: join(workDir, 'dataplane-token') })
  expect(existsSync(join(workDir, 'bootstrap.yaml'))).toBe(true)
})

test('what can not be is said in a line', async () => {
  const lines = async (env: Record<string, string>, ...args: string[]) => {
    const dp = startKumaDp(['run', ...args], { TMPDIR: folder, ...env })
    return [await dp.ended, dp.output().trim()]
  }
  expect(await lines({ ENVOY_PATH: join(folder, 'gone') }, '--name', 'x')).toEqual([
    1,
    expect.stringMatching(/^Error: ENVOY_PATH names ".*gone"/),
  ])
  expect(await lines({}, '--name', 'x', '--binary-path', join(folder, 'gone'))).toEqual([1, expect.stringContaining('--binary-path names')])
  expect(await lines({})).toEqual([1, 'Error: the name of the proxy is missing: --name or KUMA_DATAPLANE_NAME'])
  expect(await lines({}, '--unknown')).toEqual([1, expect.stringContaining("unknown option '--unknown'")])
  expect(temporaryFolders()).toEqual([])
})
