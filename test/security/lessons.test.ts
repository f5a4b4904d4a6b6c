/**
 * How other control planes were broken, one test each: what happened there does not happen here. Some of it is also tested where
 * it belongs, in more detail.
 */
import type { FastifyInstance } from 'fastify'
import { readFileSync, readdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { fetchBootstrap } from '../../src/cmd/dp/bootstrap-client.js'
import { isCompatible } from '../../src/cmd/dp/envoy-version.js'
import { createApiClient } from '../../src/cmd/kumactl/client.js'
import { isRegex } from '../../src/core/validate/regex.js'
import { createApi, trustingAccess } from '../../src/server/api/index.js'
import { serverCertificate } from '../../src/server/certificates.js'
import { loadDataSource, loadSecureDataSource } from '../../src/server/data-source.js'
import { deltaStream, sotwStream } from '../../src/server/stream-kind.js'
import { tokenAuthenticator } from '../../src/server/tokens/proxy-authenticator.js'
import { createTokens } from '../../src/server/tokens/tokens.js'
import { createMemoryStore } from '../../src/store/memory.js'
import { registry } from '../../src/translate/kinds.js'
import { about } from '../api/control-plane.js'
import { dataplane, lastFilter, policy, shop, translated } from '../translated.js'
import { streamOf, xdsRequests } from '../fuzz/targets/xds.js'
import { messagesIn } from './corpus.js'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

const certificate = () => serverCertificate({ hosts: ['localhost', '127.0.0.1'], now: new Date(), lifetimeMs: 3_600_000 })

function api(options: Partial<Parameters<typeof createApi>[0]> = {}): FastifyInstance {
  const app = createApi({ store: createMemoryStore(), registry, about, ...options })
  closers.push(() => app.close())
  return app
}

test('GO-2026-5102: a page in the browser of the machine does not read the administrator’s token', async () => {
  const store = createMemoryStore()
  await store.write([{ op: 'put', resource: { type: 'GlobalSecret', name: 'admin-user-token', labels: {}, spec: { data: 'eA==' } } }])
  const app = api({ store })
  const ask = (headers: Record<string, string>) =>
    app.inject({ method: 'GET', url: '/global-secrets/admin-user-token', headers: { host: 'localhost:5681', ...headers } })
  const requests: Record<string, string>[] = [{}, { origin: 'https://evil.example' }, { host: 'evil.example' }]
  for (const headers of requests) {
    const answer = await ask(headers)
    expect(answer.statusCode).toBe(403)
    expect(answer.headers['access-control-allow-origin']).toBeUndefined()
  }
})

test('CVE-2026-50166: without a CA, kumactl and kuma-dp believe what the system believes, and no other certificate', async () => {
  const { certificate: cert, privateKey: key } = await certificate()
  const app = api({ tls: { cert, key } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `https://localhost:${(app.server.address() as AddressInfo).port}`
  const client = createApiClient({ name: 'x', coordinates: { apiServer: { url } } })
  closers.push(() => client.close())
  await expect(client.get('/')).rejects.toThrow(/self-signed/)
  const options = { retryBackoffMs: 1, retryMaxMs: 1, skipVerify: false, signal: AbortSignal.timeout(10_000), onRetry() {} }
  const request = { mesh: 'default', name: 'web-1' } as Parameters<typeof fetchBootstrap>[0]
  await expect(fetchBootstrap(request, { ...options, url: new URL(`${url}/bootstrap`) })).rejects.toThrow(/is not trusted/)
})

test('a zone token is good for its own zone, whatever zone the proxy says it is of', async () => {
  const store = createMemoryStore()
  const tokens = createTokens({ store })
  await tokens.ensureGlobalKeys()
  const west = await tokens.issueZone({ zone: 'west', scope: ['ingress'] }, 60_000)
  const claimed = { type: 'ZoneIngress', name: 'zi', labels: {}, spec: { zone: 'west' } }
  await expect(tokenAuthenticator(tokens, 'east').authenticate(claimed, west)).rejects.toMatchObject({ code: 'bad-token' })
})

test('KU #15500: a resource that names a file of the control plane’s machine reads none of it, unless the folder was allowed', async () => {
  const access = { store: createMemoryStore() }
  for (const file of ['/etc/hostname', '/proc/self/environ', '../../etc/passwd', import.meta.filename]) {
    expect(await loadDataSource(access, 'shop', { file })).toMatchObject({ ok: false })
    expect(await loadSecureDataSource(access, 'shop', { type: 'File', file: { path: file } })).toMatchObject({ ok: false })
  }
  expect(await loadSecureDataSource(access, 'shop', { type: 'EnvVar', envVar: { name: 'PATH' } })).toMatchObject({ ok: false })
})

test('GHSA-856q-xv3c-7f2f: a message that nobody can read ends its own stream, and before anybody is asked who sent it', async () => {
  for (const kind of [sotwStream, deltaStream]) {
    const [broken, other] = [streamOf(kind), streamOf(kind)]
    broken.message(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f))
    other.message(xdsRequests[kind === sotwStream ? 0 : 1] as Uint8Array)
    await Promise.resolve()
    expect([broken.ended(), other.ended()]).toEqual([true, false])
    other.end()
  }
})

test('CVE-2026-41413: no resource makes the control plane ask another server for anything', () => {
  const root = join(import.meta.dirname, '../../src')
  const files = ['core', 'translate', 'server'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(root, folder, file)),
  )
  const sources = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  expect(sources.length).toBeGreaterThan(300)
  const dials = /\bfetch\(|from 'undici'|\bhttps?\.(get|request)\(|\b(net|tls|http2)\.connect\(|axios/
  expect(sources.filter((file) => dials.test(readFileSync(file, 'utf8')))).toEqual([])
})

test('CVE-2026-22771: programs inside of policies are Envoy’s to run; where raw configuration is switched off, they are not taken', async () => {
  const patch = (more: object) => ({
    ...{ type: 'MeshProxyPatch', mesh: 'default', name: 'lua' },
    spec: { targetRef: { kind: 'Mesh' }, default: { appendModifications: [more] } },
  })
  const value =
    'name: envoy.filters.http.lua\ntyped_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua, inline_code: "os.exit(1)"}'
  const lua = patch({ httpFilter: { operation: 'AddFirst', match: { origin: 'inbound' }, value } })
  const put = async (rawFault: () => string | undefined) => {
    const app = api({ rawFault, access: trustingAccess })
    const send = (url: string, payload: object) => app.inject({ method: 'PUT', url, payload, headers: { host: 'localhost' } })
    await send('/meshes/default', { type: 'Mesh', name: 'default' })
    return send('/meshes/default/meshproxypatches/lua', lua)
  }
  expect((await put(() => undefined)).statusCode).toBe(201)
  expect((await put(() => 'raw Envoy configuration is switched off')).statusCode).toBe(400)
})

test('GHSA-8w5h-qr4r-2h6g: bodies have a limit, and expressions that are hard to compile crash nothing', async () => {
  const app = api({ limits: { bodyBytes: 10_000 } })
  const put = (payload: string) =>
    app.inject({ method: 'PUT', url: '/meshes/x', payload, headers: { 'content-type': 'application/json', host: 'localhost' } })
  expect((await put(`{"a":"${'x'.repeat(20_000)}"}`)).statusCode).toBe(413)
  expect((await put('['.repeat(9000))).statusCode).toBe(400)
  for (const text of [
    '('.repeat(100_000),
    `${'(a'.repeat(50_000)}${')'.repeat(50_000)}`,
    '(((a{1000}){1000}){1000})',
    '[a-'.repeat(10_000),
  ]) {
    expect(typeof isRegex(text)).toBe('boolean')
  }
})

test('GHSA-6c6p-h79f-g6p4: where tokens are demanded, who is on the machine needs one too', async () => {
  const tokens = createTokens({ store: createMemoryStore() })
  const resource = { type: 'Dataplane', mesh: 'shop', name: 'web-1', labels: {}, spec: {} }
  await expect(tokenAuthenticator(tokens, 'east').authenticate(resource, undefined)).rejects.toMatchObject({ code: 'bad-token' })
})

test('CVE-2026-31837: without keys, no token is good', async () => {
  const tokens = createTokens({ store: createMemoryStore() })
  const other = createTokens({ store: createMemoryStore() })
  await other.ensureGlobalKeys()
  await expect(other.issueUser({ name: 'jo', groups: [] }, 60_000).then((token) => tokens.verifyUser(token))).rejects.toMatchObject({
    code: 'no-signing-key',
  })
})

test('GHSA-qm8v-g4f9-qhjx: an outside service whose CA is not there is not reached, least of all in plain text', () => {
  const outside = (tls: object) =>
    `---\ntype: ExternalService\nmesh: shop\nname: bank\ntags: {kuma.io/service: bank, kuma.io/protocol: http}\nnetworking: ${JSON.stringify({ address: 'bank.example:443', tls })}\n`
  const yaml = shop() + dataplane('web', { outbounds: ['bank'] }) + policy('TrafficRoute', { destination: { 'kuma.io/service': '*' } })
  const { clusters, endpoints } = translated(yaml + outside({ enabled: true, caCert: { secret: 'gone' } }))
  const text = JSON.stringify([clusters, endpoints])
  expect(text).toContain('"bank"')
  expect(text).not.toContain('bank.example')
})

test('CVE-2022-21679: an Envoy that is older than what it is told is not started', () => {
  const version = (text: string) => ({ version: text, build: '' })
  expect(['1.20.0', '1.30.9', '0.9'].map((text) => isCompatible(version(text)))).toEqual([false, false, false])
  expect(isCompatible(version('1.40.0'))).toBe(true)
})

test('GHSA-r7wr-4w5q-55m6: a resource of one mesh reads no secret of another', () => {
  const secret = '---\ntype: Mesh\nname: other\n---\ntype: Secret\nmesh: other\nname: ca\ndata: c2VjcmV0\n'
  const outside =
    '---\ntype: ExternalService\nmesh: shop\nname: bank\ntags: {kuma.io/service: bank, kuma.io/protocol: http}\n' +
    'networking: {address: "bank.example:443", tls: {enabled: true, caCert: {secret: ca}}}\n'
  const yaml =
    shop() + secret + dataplane('web', { outbounds: ['bank'] }) + policy('TrafficRoute', { destination: { 'kuma.io/service': '*' } })
  expect(JSON.stringify(translated(yaml + outside).clusters)).not.toContain('c2VjcmV0')
})

describe('CVE-2025-25294', () => {
  test('what a request says is written to logs as JSON by Envoy, not by putting texts together', () => {
    const format = JSON.stringify({ type: 'Json', json: [{ key: 'agent', value: '%REQ(USER-AGENT)%' }] })
    const log =
      '---\ntype: MeshAccessLog\nmesh: shop\nname: log\nspec: {targetRef: {kind: Mesh}, to: [{targetRef: {kind: Mesh}, default: ' +
      `{backends: [{type: File, file: {path: /tmp/log, format: ${format}}}]}}]}\n`
    const got = translated(shop() + dataplane('web', { outbounds: ['api'] }) + dataplane('api', { address: '10.0.0.2' }) + log)
    const [{ typedConfig }] = lastFilter(got, 'outbound:127.0.0.1:9001').accessLog
    expect(typedConfig.logFormat.jsonFormat).toEqual({ agent: '%REQ(USER-AGENT)%' })
  })

  test('GO-2025-3418: the administration of Envoy is not reached through what others may reach', () => {
    const listeners = messagesIn(
      (name) => /prom|metric/.test(name),
      ({ name, address }) => typeof name === 'string' && address !== undefined && /metrics|prometheus|_kuma/.test(name),
    )
    expect(listeners.length).toBeGreaterThan(0)
    const routes = listeners.flatMap(({ message }) => JSON.stringify(message).match(/"match":\{[^}]*\}/g) ?? [])
    expect(new Set(routes).size).toBeGreaterThan(0)
    for (const route of routes) expect(route).not.toMatch(/"prefix":"\/"|quitquitquit|config_dump/)
  })
})

describe('CVE-2021-32574 and its kin: who is called is checked, not only that it has a certificate', () => {
  test('every connection inside of a mesh is to one of the names that belong to the service', () => {
    const contexts = messagesIn(
      (name) => /mtls|route|retry|permission|combo|mesh-service/.test(name),
      (message) => String(message['@type'] ?? '').endsWith('UpstreamTlsContext') && JSON.stringify(message).includes('kuma'),
    )
    expect(contexts.length).toBeGreaterThan(20)
    for (const { place, message } of contexts) {
      const { combinedValidationContext, validationContext, validationContextSdsSecretConfig } = message.commonTlsContext ?? {}
      const pins =
        combinedValidationContext?.defaultValidationContext?.matchTypedSubjectAltNames ?? validationContext?.matchTypedSubjectAltNames
      expect(pins?.length ?? 0, `${place}: ${JSON.stringify({ validationContextSdsSecretConfig })}`).toBeGreaterThan(0)
    }
  })

  test('EN CVE-2026-73551: who may call is never decided by the path, so that no spelling of a path gets around it', () => {
    const permissions = messagesIn(
      (name) => /tp-|permission|mtp|rbac/.test(name),
      (message) => /\.rbac\.v3\.RBAC$/.test(String(message['@type'] ?? '')),
    )
    expect(permissions.length).toBeGreaterThan(5)
    for (const { place, message } of permissions) expect(JSON.stringify(message), place).not.toMatch(/"(?:urlPath|header|:path)"/)
  })
})
