import { type CertificatePair, serverCertificate } from '../server/certificates.js'

let made: Promise<CertificatePair> | undefined

/** A self-signed certificate and its key: where Envoy wants real ones to look at. */
export function testCertificate(): Promise<CertificatePair> {
  made ??= serverCertificate({ hosts: ['localhost'], now: new Date(), lifetimeMs: 24 * 60 * 60 * 1000 })
  return made
}
