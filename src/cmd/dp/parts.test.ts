import { mkdtempSync, rmSync, statSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminAddressIn, envoyAdmin } from './envoy-admin.js'
import { envoyArguments } from './envoy-process.js'
import { isCompatible, parseEnvoyVersion } from './envoy-version.js'
import { memoryLimit, systemCaPath } from './machine.js'
import { startReadinessReporter } from './readiness.js'
import { readProxyResource } from './resource.js'
import { readSettings } from './settings.js'
import { readToken } from './token.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuma-dp-parts-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

describe("Envoy's version", () => {
  test('is read from what it prints', () => {
    const build = '9e55809/1.40.0/Clean/RELEASE/BoringSSL'
    expect(parseEnvoyVersion(`\nenvoy  version: ${build}\n\n`)).toEqual({ version: '1.40.0', build })
    expect(parseEnvoyVersion('bash 5.2')).toBeUndefined()
    expect(parseEnvoyVersion('version: a/b')).toBeUndefined()
  })

  test('may be younger, not much older than the configuration', () => {
    const of = (version: string) => isCompatible({ version, build: '' })
    expect([of('1.40.0'), of('1.31.2'), of('2.0.0'), of('1.30.9')]).toEqual([true, true, true, false])
  })
})

test("Envoy's arguments are Kuma's", () => {
  const given = { drainTimeMs: 15_000, concurrency: 9, envoyComponentLogLevel: 'http:debug' }
  expect(envoyArguments('/run/b.yaml', given, 'info').join(' ')).toBe(
    '--config-path /run/b.yaml --drain-time-s 15 --drain-strategy immediate --disable-hot-restart --log-level info --component-log-level http:debug --concurrency 9',
  )
})

describe('the admin interface', () => {
  test('is where the bootstrap puts it', () => {
    const address = (yaml: string) => adminAddressIn(`admin: { address: { ${yaml} } }`)
    expect(address('pipe: { path: /run/a.sock }')).toEqual({ socketPath: '/run/a.sock' })
    expect(address('socketAddress: { address: 127.0.0.1, portValue: 9901 }')).toEqual({ host: '127.0.0.1', port: 9901 })
    expect(address('socketAddress: { address: 0.0.0.0, portValue: 9901 }')).toEqual({ host: '127.0.0.1', port: 9901 })
    expect(adminAddressIn('node: {}')).toBeUndefined()
    expect(adminAddressIn('')).toBeUndefined()
  })

  test('may be a Unix socket', async () => {
    const socketPath = join(folder, 'admin.sock')
    const server = http.createServer((request, response) => response.end(`${request.method} ${request.url}`)).listen(socketPath)
    await once(server, 'listening')
    expect(await envoyAdmin({ socketPath }).post('/x')).toEqual({ status: 200, body: 'POST /x' })
    server.close()
  })

  test('that says nothing is given up', async () => {
    const server = http.createServer(() => {}).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    await expect(envoyAdmin({ host: '127.0.0.1', port }, 50).get('/ready')).rejects.toThrow('said nothing for 50 ms')
    server.closeAllConnections()
    server.close()
  })
})

test('readiness is what Envoy says, between the beginning and the end', async () => {
  const reporter = await startReadinessReporter({ host: '127.0.0.1', port: 0 })
  const ask = async (path = '/ready') => {
    const response = await fetch(`http://127.0.0.1:${reporter.port}${path}`)
    return `${response.status} ${await response.text()}`
  }
  let envoy = { status: 503, body: 'PRE_INITIALIZING' }
  const admin = { address: { socketPath: '' }, get: async () => envoy, post: async () => envoy }
  expect(await ask()).toBe('503 NOT_READY')
  reporter.follow(admin)
  expect(await ask()).toBe('503 PRE_INITIALIZING')
  envoy = { status: 200, body: 'LIVE' }
  expect(await ask()).toBe('200 LIVE')
  expect(await ask('/config_dump')).toContain('404')
  admin.get = async () => Promise.reject(new Error('gone'))
  expect(await ask()).toBe('503 NOT_READY')
  reporter.terminate()
  expect(await ask()).toBe('503 TERMINATING')
  reporter.close()
})

describe('the token', () => {
  test('comes from a file, or goes into one', () => {
    expect(readToken({}, folder)).toBeUndefined()
    const tokenFile = file('token', ' a.b.c\n')
    expect(readToken({ tokenFile }, folder)).toEqual({ token: 'a.b.c', path: tokenFile })
    const given = readToken({ token: 'x.y.z' }, folder)
    expect(given).toEqual({ token: 'x.y.z', path: join(folder, 'dataplane-token') })
    expect(readFileSync(given?.path ?? '', 'utf8')).toBe('x.y.z')
    expect(statSync(given?.path ?? '').mode & 0o777).toBe(0o600)
  })

  test('has to look like one', () => {
    expect(() => readToken({ tokenFile: join(folder, 'gone') }, folder)).toThrow("can't be read")
    expect(() => readToken({ tokenFile: file('empty', '\n') }, folder)).toThrow('is empty')
    for (const text of ['Error: no', 'a.b', 'a.b.c\nd.e.f'])
      expect(() => readToken({ token: text }, folder)).toThrow('this is no dataplane token')
  })
})

describe("the proxy's resource", () => {
  const text =
    'type: Dataplane\nmesh: {{ mesh }}\nname: web-1\nnetworking: { address: 127.0.0.1, inbound: [{ port: 80, tags: { kuma.io/service: web } }] }\n'
  const read = (flags: object, stdin = '') => readProxyResource(readSettings(flags, {}), async () => stdin)

  test('is filled in and named', async () => {
    const expected = { mesh: 'shop', name: 'web-1', text: text.replace('{{ mesh }}', 'shop') }
    const dataplaneVar = { mesh: 'shop' }
    expect(await read({ dataplane: text, dataplaneVar })).toMatchObject(expected)
    expect(await read({ dataplaneFile: file('dp.yaml', text), dataplaneVar })).toMatchObject(expected)
    expect(await read({ dataplaneFile: '-', dataplaneVar }, text)).toMatchObject(expected)
    expect(await read({ name: 'x' })).toBeUndefined()
  })

  test('is looked at before anybody is asked', async () => {
    await expect(read({ dataplane: text })).rejects.toThrow('variable "mesh" is used but not given: add -v mesh=VALUE')
    await expect(read({ dataplaneFile: join(folder, 'gone.yaml') })).rejects.toThrow('ENOENT')
    const dataplaneVar = { mesh: 'shop' }
    await expect(read({ dataplane: text.replace('port: 80', 'port: 0'), dataplaneVar })).rejects.toThrow(/networking\.inbound\[0\]\.port/)
    await expect(read({ dataplane: text, dataplaneVar, proxyType: 'ingress' })).rejects.toThrow('expected a ZoneIngress, found a Dataplane')
    await expect(read({ dataplane: `${text}---\n${text}`, dataplaneVar })).rejects.toThrow('expected one Dataplane, found 2')
  })
})

describe('the machine', () => {
  test('may limit memory', () => {
    const files = [file('max', 'max\n'), file('limit', '1073741824\n')]
    expect(memoryLimit(files)).toBe(1_073_741_824)
    expect(memoryLimit(files.slice(0, 1))).toBeUndefined()
    expect(memoryLimit([file('huge', '9223372036854771712')])).toBeUndefined()
    expect(memoryLimit([join(folder, 'gone')])).toBeUndefined()
  })

  test('may have CAs that it trusts', () => {
    const bundle = file('ca.pem', '')
    expect(systemCaPath([join(folder, 'gone'), bundle])).toBe(bundle)
    expect(systemCaPath([])).toBeUndefined()
  })
})
