/**
 * Certificates of workloads. A control plane makes one for each proxy, all at once after a restart, so they are put together from
 * ready pieces and signed by the platform: a hundredth of what a general X.509 library takes.
 */
import 'reflect-metadata'
import { type KeyObject, X509Certificate as NodeCertificate, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { type CertificatePair, clockSkewMs, readCertificates, serialNumber } from './certificates.js'
import { bits, explicit, identifier, implicit, integer, nothing, octets, sequence, time, yes } from './der.js'

/** A certificate by which a workload is known, signed by the CA. It never outlives the CA. */
export function workloadCertificate(options: {
  readonly ca: CertificatePair
  readonly uris: readonly string[]
  readonly now: Date
  readonly lifetimeMs: number
}): CertificatePair & { readonly expiresAt: Date } {
  const { ca, uris, now, lifetimeMs } = options
  const { issuer, notAfter, key, algorithm, hash, extensions } = readAuthority(ca)
  if (notAfter <= now) throw new RangeError(`its certificate ended on ${notAfter.toISOString()}`)
  const expiresAt = new Date(Math.min(now.getTime() + lifetimeMs, notAfter.getTime()))
  const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const content = sequence(
    explicit(0, integer(Buffer.of(version3))),
    integer(Buffer.from(serialNumber(), 'hex')),
    algorithm,
    issuer,
    sequence(time(new Date(now.getTime() - clockSkewMs)), time(expiresAt)),
    sequence(),
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions, alternativeNames(uris))),
  )
  const certificate = sequence(content, algorithm, bits(sign(hash, content, key)))
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${inLines(certificate)}\n-----END CERTIFICATE-----\n`,
    privateKey: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    expiresAt,
  }
}

const version3 = 2

const inLines = (der: Buffer) => der.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')

/** Critical, since there is no subject: the names are all that the certificate says. */
function alternativeNames(uris: readonly string[]): Buffer {
  const names = uris.map((uri) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII
    if (/[^\x00-\x7f]/.test(uri)) throw new RangeError(`"${uri}" can't be in a certificate: only ASCII can`)
    return implicit(uniformResourceIdentifier, Buffer.from(uri, 'ascii'))
  })
  return sequence(identifier(Buffer.of(0x55, 0x1d, 0x11)), yes, octets(sequence(...names)))
}

/** The choice of `GeneralName`. */
const uniformResourceIdentifier = 6

/** What is the same in all certificates of one CA. */
interface Authority {
  readonly issuer: Buffer
  readonly notAfter: Date
  readonly key: KeyObject
  readonly hash: string
  readonly algorithm: Buffer
  readonly extensions: readonly Buffer[]
}

/** CAs that were read before, by the text of both halves: reading one takes longer than signing with it. */
const authorities = new Map<string, Authority>()
const authoritiesKept = 16

function readAuthority({ certificate, privateKey }: CertificatePair): Authority {
  const text = `${certificate}\n${privateKey}`
  const known = authorities.get(text)
  if (known) return known
  const read = parseAuthority(certificate, privateKey)
  authorities.set(text, read)
  const [oldest] = authorities.keys()
  if (authorities.size > authoritiesKept && oldest !== undefined) authorities.delete(oldest)
  return read
}

function parseAuthority(certificate: string, privateKey: string): Authority {
  const [first] = readCertificates(certificate)
  if (!first) throw new TypeError('there is no PEM certificate in the text')
  const key = createPrivateKey(privateKey)
  if (!new NodeCertificate(first.raw).checkPrivateKey(key)) throw new TypeError('its key is not the one of its certificate')
  const issuer = new x509.X509Certificate(first.raw)
  const issuerId = issuer.getExtension(x509.SubjectKeyIdentifierExtension)
  const { digitalSignature, keyAgreement } = x509.KeyUsageFlags
  const extensions = [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(digitalSignature | keyAgreement, true),
    new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
    ...(issuerId ? [new x509.AuthorityKeyIdentifierExtension(issuerId.keyId)] : []),
  ]
  return {
    issuer: Buffer.from(issuer.subjectName.toArrayBuffer()),
    notAfter: issuer.notAfter,
    key,
    ...signatureOf(key),
    extensions: extensions.map(({ rawData }) => Buffer.from(rawData)),
  }
}

/** How keys sign: of curves by a hash as strong as they are. Source: RFC 5758, 3.2; RFC 4055, 5. */
const ecdsa = (hash: string, last: number) => ({
  hash,
  algorithm: sequence(identifier(Buffer.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, last))),
})
const ofCurves: Readonly<Record<string, ReturnType<typeof ecdsa>>> = {
  prime256v1: ecdsa('sha256', 2),
  secp384r1: ecdsa('sha384', 3),
  secp521r1: ecdsa('sha512', 4),
}
const rsa = {
  hash: 'sha256',
  algorithm: sequence(identifier(Buffer.of(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b)), nothing),
}

/** Any RSA or EC private key. */
function signatureOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Pick<Authority, 'hash' | 'algorithm'> {
  const found = asymmetricKeyType === 'rsa' ? rsa : ofCurves[asymmetricKeyDetails?.namedCurve ?? '']
  if (!found) throw new TypeError(`a CA's key has to be RSA or EC, not ${asymmetricKeyType}`)
  return found
}
