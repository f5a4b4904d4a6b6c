import { expect, test } from 'vitest'
import { type CertificatePair, meshAuthority, readCertificates, serverCertificate } from './certificates.js'

const now = new Date('2026-03-01T00:00:00Z')
const hour = 3_600_000
const authority = (rsaBits?: number) => meshAuthority({ mesh: 'shop', now, lifetimeMs: 100 * hour, rsaBits })
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
  expect(read(await authority(2048)).publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
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
