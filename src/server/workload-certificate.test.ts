import { createPrivateKey, webcrypto } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import tls from 'node:tls'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { expect, test } from 'vitest'
import { type CertificatePair, meshAuthority, readCertificates } from './certificates.js'
import { workloadCertificate } from './workload-certificate.js'

const now = new Date('2026-03-01T00:00:00Z')
const hour = 3_600_000
const authority = (rsaBits?: number, lifetimeMs = 100 * hour) => meshAuthority({ mesh: 'shop', now, lifetimeMs, rsaBits })
const workload = (ca: CertificatePair, lifetimeMs = hour, uris = ['spiffe://shop/web', 'kuma://kuma.io/service/web']) =>
  workloadCertificate({ ca, uris, now, lifetimeMs })
const read = (pair: CertificatePair) => readCertificates(pair.certificate)[0] as ReturnType<typeof readCertificates>[number]

test('a workload certificate carries its names, is signed by the CA and is none', async () => {
  const ca = await authority()
  const made = workload(ca)
  const leaf = read(made)
  expect(leaf.checkIssued(read(ca))).toBe(true)
  expect(leaf.verify(read(ca).publicKey)).toBe(true)
  expect(leaf.ca).toBe(false)
  expect(leaf.subjectAltName).toBe('URI:spiffe://shop/web, URI:kuma://kuma.io/service/web')
  expect(leaf.checkPrivateKey(createPrivateKey(made.privateKey))).toBe(true)
  expect(made.expiresAt.toISOString()).toBe('2026-03-01T01:00:00.000Z')
})

test('a workload certificate ends with its CA at the latest', async () => {
  const { expiresAt } = workload(await authority(), 1000 * hour)
  expect(expiresAt.toISOString()).toBe('2026-03-05T04:00:00.000Z')
})

test.each(['pkcs1', 'sec1', 'pkcs8'] as const)('a CA key may be in %s form', async (type) => {
  const ca = await authority(type === 'sec1' ? undefined : 2048)
  const privateKey = createPrivateKey(ca.privateKey)
    .export({ type, format: 'pem' } as never)
    .toString()
  expect(read(workload({ ...ca, privateKey })).checkIssued(read(ca))).toBe(true)
})

test('a CA that is no pair signs nothing', async () => {
  const [ca, other] = [await authority(), await authority()]
  expect(() => workload({ ...ca, privateKey: other.privateKey })).toThrow('its key is not the one of its certificate')
  expect(() => workload({ ...ca, certificate: 'no PEM' })).toThrow('no PEM certificate')
})

test('two workloads of a mesh shake hands', async () => {
  const real = new Date()
  const ca = await meshAuthority({ mesh: 'shop', now: real, lifetimeMs: hour })
  const pair = async (uri: string) => {
    const { certificate, privateKey } = workloadCertificate({ ca, uris: [uri], now: real, lifetimeMs: hour })
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

test.each([
  ['P-256', 'SHA-256'],
  ['P-384', 'SHA-384'],
  ['P-521', 'SHA-512'],
])('a CA with a %s key signs with %s', async (namedCurve, hash) => {
  const ca = await authorityWith({ name: 'ECDSA', namedCurve, hash: 'SHA-256' })
  const made = workload(ca)
  expect(read(made).verify(read(ca).publicKey)).toBe(true)
  expect(new x509.X509Certificate(made.certificate).signatureAlgorithm).toMatchObject({ name: 'ECDSA', hash: { name: hash } })
})

test('a CA with an RSA key signs with SHA-256', async () => {
  const ca = await authority(2048)
  const made = workload(ca)
  expect(read(made).verify(read(ca).publicKey)).toBe(true)
  expect(new x509.X509Certificate(made.certificate).signatureAlgorithm).toMatchObject({ hash: { name: 'SHA-256' } })
})

test('a CA with a key of another kind signs nothing', async () => {
  const ca = await authorityWith({ name: 'Ed25519' })
  expect(() => workload(ca)).toThrow("a CA's key has to be RSA or EC, not ed25519")
})

test('what a workload certificate may be used for, and by whose key it is signed, stands in it as another library reads it', async () => {
  const ca = await authority()
  const leaf = new x509.X509Certificate(workload(ca).certificate)
  const issuer = new x509.X509Certificate(ca.certificate)
  expect(leaf.issuer).toBe(issuer.subject)
  expect(leaf.subject).toBe('')
  expect(leaf.extensions.map(({ type, critical }) => [type, critical])).toEqual([
    ['2.5.29.19', true],
    ['2.5.29.15', true],
    ['2.5.29.37', false],
    ['2.5.29.35', false],
    ['2.5.29.17', true],
  ])
  expect(leaf.getExtension(x509.KeyUsagesExtension)?.usages).toBe(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyAgreement)
  expect(leaf.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId).toBe(
    issuer.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId,
  )
  expect(leaf.notBefore.toISOString()).toBe('2026-02-28T23:59:50.000Z')
})

test('times from 2050 on have four digits for the year', async () => {
  const thirtyYears = 30 * 365 * 24 * hour
  const leaf = read(workload(await authority(undefined, thirtyYears), thirtyYears))
  expect(leaf.validTo).toBe('Feb 22 00:00:00 2056 GMT')
})

test('many names, and long ones, have their place', async () => {
  const uris = Array.from({ length: 60 }, (_, i) => `spiffe://shop/${'x'.repeat(i * 5)}`)
  const leaf = read(workload(await authority(), hour, uris))
  expect(leaf.subjectAltName).toBe(uris.map((uri) => `URI:${uri}`).join(', '))
})

test('what is not ASCII is refused', async () => {
  const ca = await authority()
  expect(() => workload(ca, hour, ['spiffe://shop/wéb'])).toThrow('only ASCII')
})

test('serial numbers differ and are positive', async () => {
  const ca = await authority()
  const serials = [1, 2, 3].map(() => read(workload(ca)).serialNumber)
  expect(new Set(serials).size).toBe(3)
  for (const serial of serials) expect(serial).toMatch(/^[0-7][0-9A-F]{31}$/)
})

async function authorityWith(algorithm: {
  readonly name: string
  readonly namedCurve?: string
  readonly hash?: string
}): Promise<CertificatePair> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=shop',
    keys,
    signingAlgorithm: algorithm,
    notBefore: now,
    notAfter: new Date(now.getTime() + 100 * hour),
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  })
  const privateKey = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  return { certificate: certificate.toString('pem'), privateKey }
}
