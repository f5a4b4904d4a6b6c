import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serverCertificate } from '../src/server/certificates.js'
import { type BootstrapOptions, bootstrap, bootstrapBytes } from '../src/translate/bootstrap.js'
import { envoy } from './with-envoy.js'

const run = promisify(execFile)
const day = 24 * 60 * 60 * 1000

let folder: string
let trustedCa: Uint8Array
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kuma-bootstrap-'))
  const { certificate } = await serverCertificate({ hosts: ['localhost', '127.0.0.1'], now: new Date(), lifetimeMs: day })
  trustedCa = new TextEncoder().encode(certificate)
  writeFileSync(join(folder, 'token'), 'jwt')
})
afterAll(() => rmSync(folder, { recursive: true }))

const resource = (type: string, networking: object) => ({ type, mesh: 'default', name: 'p-1', labels: {}, spec: { networking } })
const web = resource('Dataplane', { inbound: [{ tags: { 'kuma.io/service': 'web' } }] })
const gateway = resource('Dataplane', { gateway: { type: 'BUILTIN', tags: { 'kuma.io/service': 'edge' } } })
const request = () => ({ mesh: 'default', name: 'p-1', workdir: folder, readinessPort: 9902, features: ['feature-reuse-port'] })
const secure = () => ({ host: 'localhost', port: 5678, trustedCa })

const variants: Record<string, () => BootstrapOptions> = {
  'the least: plain text, an address, a name': () => ({ dataplane: web, controlPlane: { host: '127.0.0.1', port: 5678 } }),
  'TLS, token, health discovery': () => ({
    dataplane: web,
    request: { ...request(), dataplaneToken: 'jwt' },
    controlPlane: secure(),
    healthDiscovery: true,
  }),
  'incremental, no admin interface': () => ({
    dataplane: web,
    request: { ...request(), features: ['feature-delta-grpc'] },
    controlPlane: secure(),
    admin: { port: 0 },
  }),
  'a token from a file': () => ({
    dataplane: web,
    request: { ...request(), dataplaneTokenPath: join(folder, 'token') },
    controlPlane: secure(),
    reloadableTokens: true,
  }),
  'a gateway with a memory limit': () => ({
    dataplane: gateway,
    request: { ...request(), resources: { maxHeapSizeBytes: 1 << 30 } },
    controlPlane: secure(),
  }),
  'a zone ingress over IPv6': () => ({
    dataplane: { ...resource('ZoneIngress', {}), mesh: undefined },
    controlPlane: { ...secure(), host: '::1' },
  }),
}

test.skipIf(envoy.missing).each(Object.keys(variants))(`Envoy takes: %s ${envoy.reason}`, async (name) => {
  const file = join(folder, 'bootstrap.pb')
  writeFileSync(file, bootstrapBytes(bootstrap((variants[name] as () => BootstrapOptions)())))
  const { stdout } = await run(envoy.path, ['--mode', 'validate', '-c', file, '--disable-hot-restart', '-l', 'error'])
  expect(stdout).toContain('OK')
})
