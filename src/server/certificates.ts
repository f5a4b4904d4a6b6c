/** X.509 certificates: made, signed and read. Keys and certificates are PEM text; times are given, never looked up. */
import 'reflect-metadata'
import { createPrivateKey, type KeyObject, randomBytes, webcrypto, X509Certificate as NodeCertificate } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'

export interface CertificatePair {
  /** One certificate or a chain, the leaf first. */
  readonly certificate: string
  /** PKCS #8. */
  readonly privateKey: string
}

type Curve = 'P-256' | 'P-384' | 'P-521'
type KeyAlgorithm = { readonly rsaBits: number } | { readonly curve: Curve }

const strongHash: Readonly<Record<Curve, string>> = { 'P-256': 'SHA-256', 'P-384': 'SHA-384', 'P-521': 'SHA-512' }
const curves: Readonly<Record<string, Curve>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }
const p256: KeyAlgorithm = { curve: 'P-256' }

/** Clocks of machines differ: certificates begin to be valid a little before they are made. */
const clockSkewMs = 10_000

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

/** A certificate by which a workload is known, signed by the CA. It never outlives the CA. */
export async function workloadCertificate(options: {
  readonly ca: CertificatePair
  readonly uris: readonly string[]
  readonly now: Date
  readonly lifetimeMs: number
}): Promise<CertificatePair & { readonly expiresAt: Date }> {
  const { ca, now } = options
  const { issuer, issuerId, signer } = await readAuthority(ca)
  if (issuer.notAfter <= now) throw new RangeError(`its certificate ended on ${issuer.notAfter.toISOString()}`)
  const keys = await generateKeys(p256)
  const expiresAt = new Date(Math.min(now.getTime() + options.lifetimeMs, issuer.notAfter.getTime()))
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey: signer.key,
    signingAlgorithm: signer.algorithm,
    notBefore: new Date(now.getTime() - clockSkewMs),
    notAfter: expiresAt,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(usage.digitalSignature | usage.keyAgreement, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      // Critical, since there is no subject: the names are all that the certificate says.
      new x509.SubjectAlternativeNameExtension(
        options.uris.map((value) => ({ type: 'url' as const, value })),
        true,
      ),
      ...(issuerId ? [new x509.AuthorityKeyIdentifierExtension(issuerId.keyId)] : []),
    ],
  })
  return { ...(await toPair(certificate, keys)), expiresAt }
}

interface Authority {
  readonly issuer: x509.X509Certificate
  readonly issuerId: x509.SubjectKeyIdentifierExtension | null
  readonly signer: Awaited<ReturnType<typeof signingKey>>
}

/** CAs that were read before, by the text of both halves: reading one takes longer than signing with it. */
const authorities = new Map<string, Promise<Authority>>()
const authoritiesKept = 16

function readAuthority({ certificate, privateKey }: CertificatePair): Promise<Authority> {
  const text = `${certificate}\n${privateKey}`
  const known = authorities.get(text)
  if (known) return known
  const read = parseAuthority(certificate, privateKey)
  authorities.set(text, read)
  read.catch(() => authorities.delete(text))
  const [oldest] = authorities.keys()
  if (authorities.size > authoritiesKept && oldest !== undefined) authorities.delete(oldest)
  return read
}

async function parseAuthority(certificate: string, privateKey: string): Promise<Authority> {
  const issuer = new x509.X509Certificate(firstCertificate(certificate))
  const key = createPrivateKey(privateKey)
  if (!new NodeCertificate(issuer.toString('pem')).checkPrivateKey(key)) throw new TypeError('its key is not the one of its certificate')
  return { issuer, issuerId: issuer.getExtension(x509.SubjectKeyIdentifierExtension), signer: await signingKey(key) }
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
function serialNumber(): string {
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
  return 'curve' in algorithm ? { name: 'ECDSA', hash: strongHash[algorithm.curve] } : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
}

/** Any RSA or EC private key, in whatever PEM form, for signing. */
async function signingKey(key: KeyObject): Promise<{ key: webcrypto.CryptoKey; algorithm: ReturnType<typeof signing> }> {
  const curve = curves[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (key.asymmetricKeyType !== 'rsa' && !curve) throw new TypeError(`a CA's key has to be RSA or EC, not ${key.asymmetricKeyType}`)
  const algorithm: KeyAlgorithm = curve ? { curve } : { rsaBits: 0 }
  const form = curve ? { name: 'ECDSA', namedCurve: curve } : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const bytes = key.export({ type: 'pkcs8', format: 'der' })
  return {
    key: (await webcrypto.subtle.importKey('pkcs8', bytes, form, false, ['sign'])) as webcrypto.CryptoKey,
    algorithm: signing(algorithm),
  }
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

function firstCertificate(pem: string): string {
  const first = pem.match(pemCertificate)?.[0]
  if (first === undefined) throw new TypeError('there is no PEM certificate in the text')
  return first
}
