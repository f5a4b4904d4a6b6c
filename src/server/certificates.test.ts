import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import tls from 'node:tls'
import { expect, test } from 'vitest'
import { type CertificatePair, meshAuthority, readCertificates, serverCertificate, workloadCertificate } from './certificates.js'

const now = new Date('2026-03-01T00:00:00Z')
const hour = 3_600_000
const authority = (rsaBits?: number) => meshAuthority({ mesh: 'shop', now, lifetimeMs: 100 * hour, rsaBits })
const workload = (ca: CertificatePair, lifetimeMs = hour, uris = ['spiffe://shop/web', 'kuma://kuma.io/service/web']) =>
  workloadCertificate({ ca, uris, now, lifetimeMs })
const read = (pair: CertificatePair) => readCertificates(pair.certificate)[0] as ReturnType<typeof readCertificates>[number]

test('a mesh CA says what it is and whose', async () => {
  const ca = read(await authority())
  expect(ca.ca).toBe(true)
  expect(ca.subject.split('\n')).toEqual(['O=Kuma', 'OU=Mesh', 'CN=shop'])
  expect(ca.subjectAltName).toBe('URI:spiffe://shop')
  expect([ca.validFrom, ca.validTo]).toEqual(['Feb 28 23:59:50 2026 GMT', 'Mar  5 04:00:00 2026 GMT'])
  expect(ca.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
  expect(ca.verify(ca.publicKey)).toBe(true)
})

test('a mesh CA is RSA where its backend says so', async () => {
  const ca = await authority(2048)
  expect(read(ca).publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
  expect(read(await workload(ca)).verify(read(ca).publicKey)).toBe(true)
})

test('a workload certificate carries its names, is signed by the CA and is none', async () => {
  const ca = await authority()
  const made = await workload(ca)
  const leaf = read(made)
  expect(leaf.checkIssued(read(ca))).toBe(true)
  expect(leaf.verify(read(ca).publicKey)).toBe(true)
  expect(leaf.ca).toBe(false)
  expect(leaf.subjectAltName).toBe('URI:spiffe://shop/web, URI:kuma://kuma.io/service/web')
  expect(leaf.checkPrivateKey(createPrivateKey(made.privateKey))).toBe(true)
  expect(made.expiresAt.toISOString()).toBe('2026-03-01T01:00:00.000Z')
})

test('a workload certificate ends with its CA at the latest', async () => {
  const { expiresAt } = await workload(await authority(), 1000 * hour)
  expect(expiresAt.toISOString()).toBe('2026-03-05T04:00:00.000Z')
})

test.each(['pkcs1', 'sec1', 'pkcs8'] as const)('a CA key may be in %s form', async (type) => {
  const ca = await authority(type === 'sec1' ? undefined : 2048)
  const privateKey = createPrivateKey(ca.privateKey)
    .export({ type, format: 'pem' } as never)
    .toString()
  expect(read(await workload({ ...ca, privateKey })).checkIssued(read(ca))).toBe(true)
})

test('a CA that is no pair signs nothing', async () => {
  const [ca, other] = [await authority(), await authority()]
  await expect(workload({ ...ca, privateKey: other.privateKey })).rejects.toThrow('its key is not the one of its certificate')
  await expect(workload({ ...ca, certificate: 'no PEM' })).rejects.toThrow('no PEM certificate')
})

test('two workloads of a mesh shake hands', async () => {
  const real = new Date()
  const ca = await meshAuthority({ mesh: 'shop', now: real, lifetimeMs: hour })
  const pair = async (uri: string) => {
    const { certificate, privateKey } = await workloadCertificate({ ca, uris: [uri], now: real, lifetimeMs: hour })
    return { cert: certificate, key: privateKey, ca: ca.certificate }
  }
  const server = tls.createServer({ ...(await pair('spiffe://shop/web')), requestCert: true, rejectUnauthorized: true }, (socket) => {
    socket.end(socket.getPeerCertificate().subjectaltname ?? 'nobody')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = tls.connect({
    port: (server.address() as AddressInfo).port,
    ...(await pair('spiffe://shop/client')),
    checkServerIdentity: (_, { subjectaltname }) => (subjectaltname === 'URI:spiffe://shop/web' ? undefined : new Error(subjectaltname)),
  })
  const [seen] = await once(client, 'data')
  expect(String(seen)).toBe('URI:spiffe://shop/client')
  client.destroy()
  server.close()
})

test("a server's certificate names its hosts and vouches for itself", async () => {
  const pair = await serverCertificate({ hosts: ['cp.example', '127.0.0.1', '::1'], now, lifetimeMs: hour })
  const certificate = read(pair)
  expect(certificate.checkHost('cp.example')).toBe('cp.example')
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(certificate.checkIP('::1')).toBe('::1')
  expect(certificate.checkHost('other.example')).toBeUndefined()
  expect(certificate.ca && certificate.checkIssued(certificate)).toBe(true)
})

test('serial numbers differ and are positive', async () => {
  const ca = await authority()
  const serials = await Promise.all([1, 2, 3].map(async () => read(await workload(ca)).serialNumber))
  expect(new Set(serials).size).toBe(3)
  for (const serial of serials) expect(serial).toMatch(/^[0-7][0-9A-F]{31}$/)
})
