/** X.509 certificates: made, signed and read. Keys and certificates are PEM text; times are given, never looked up. */
import 'reflect-metadata'
import { randomBytes, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

export interface CertificatePair {
  /** One certificate or a chain, the leaf first. */
  readonly certificate: string
  /** PKCS #8. */
  readonly privateKey: string
}

type KeyAlgorithm = { readonly rsaBits: number } | { readonly curve: 'P-256' }

const p256: KeyAlgorithm = { curve: 'P-256' }

/** Clocks of machines differ: certificates begin to be valid a little before they are made. */
export const clockSkewMs = 10_000

const { KeyUsageFlags: usage } = x509

/** The self-signed CA of a mesh. ECDSA P-256, or RSA where `rsaBits` says so. */
export async function meshAuthority(options: {
  readonly mesh: string
  readonly now: Date
  readonly lifetimeMs: number
  readonly rsaBits?: number
}): Promise<CertificatePair> {
  return selfSigned({
    ...options,
    algorithm: options.rsaBits ? { rsaBits: options.rsaBits } : p256,
    subject: [{ O: ['Kuma'] }, { OU: ['Mesh'] }, { CN: [options.mesh] }],
    sans: [{ type: 'url', value: `spiffe://${options.mesh}` }],
    usages: usage.keyCertSign | usage.cRLSign,
  })
}

/** A self-signed certificate for a server; clients may take it as the CA that they trust. */
export async function serverCertificate(options: {
  /** Host names and IP addresses. */
  readonly hosts: readonly string[]
  readonly now: Date
  readonly lifetimeMs: number
}): Promise<CertificatePair> {
  return selfSigned({
    ...options,
    algorithm: p256,
    subject: [{ CN: [options.hosts[0] ?? 'kuma-control-plane'] }],
    sans: options.hosts.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
    usages: usage.digitalSignature | usage.keyEncipherment | usage.keyCertSign,
    purposes: [x509.ExtendedKeyUsage.serverAuth],
  })
}

interface SelfSigned {
  readonly now: Date
  readonly lifetimeMs: number
  readonly algorithm: KeyAlgorithm
  readonly subject: x509.JsonName
  readonly sans: x509.JsonGeneralNames
  readonly usages: number
  readonly purposes?: readonly string[]
}

async function selfSigned({ now, lifetimeMs, algorithm, subject, sans, usages, purposes }: SelfSigned): Promise<CertificatePair> {
  const keys = await generateKeys(algorithm)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: subject,
    keys,
    signingAlgorithm: signing(algorithm),
    notBefore: new Date(now.getTime() - clockSkewMs),
    notAfter: new Date(now.getTime() + lifetimeMs),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(usages, true),
      ...(purposes ? [new x509.ExtendedKeyUsageExtension([...purposes])] : []),
      new x509.SubjectAlternativeNameExtension(sans),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return toPair(certificate, keys)
}

/** Positive and of 16 bytes, as the rules for public CAs want it. */
export function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01
  return bytes.toString('hex')
}

function generateKeys(algorithm: KeyAlgorithm): Promise<webcrypto.CryptoKeyPair> {
  const parameters =
    'curve' in algorithm
      ? { name: 'ECDSA', namedCurve: algorithm.curve }
      : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: algorithm.rsaBits }
  return webcrypto.subtle.generateKey(parameters, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>
}

function signing(algorithm: KeyAlgorithm) {
  return 'curve' in algorithm ? { name: 'ECDSA', hash: 'SHA-256' } : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
}

async function toPair(certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair): Promise<CertificatePair> {
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { certificate: `${certificate.toString('pem')}\n`, privateKey: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n` }
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** The certificates of a PEM text, in their order. */
export function readCertificates(pem: string): NodeCertificate[] {
  return (pem.match(pemCertificate) ?? []).map((text) => new NodeCertificate(text))
}

/** What a certificate may be used for, by its extensions. `isCa` is undefined where it says nothing of that. */
export function certificateUse(certificate: NodeCertificate): { isCa: boolean | undefined; keyCertSign: boolean; keyAgreement: boolean } {
  const parsed = new x509.X509Certificate(certificate.toString())
  const usages = parsed.getExtension(x509.KeyUsagesExtension)?.usages ?? 0
  return {
    isCa: parsed.getExtension(x509.BasicConstraintsExtension)?.ca,
    keyCertSign: (usages & usage.keyCertSign) !== 0,
    keyAgreement: (usages & usage.keyAgreement) !== 0,
  }
}
