import { X509Certificate } from 'node:crypto'
import { type CertificatePair, readCertificates, serverCertificate } from '../../../server/certificates.js'
import { CliFailure } from '../failure.js'
import { runProgram } from '../run-program.js'

/** The certificate of an installation's servers. */
export interface InstalledCertificate {
  /** PEM. */
  readonly authority: string
  /** Absent: it is in a Secret that the installation does not write. */
  readonly pair?: CertificatePair
}

export interface CertificateOptions {
  readonly namespace: string
  readonly serviceName: string
  /** Of the Secret. */
  readonly secretName: string
  /** Whether the Secret was named by the user, who then keeps it. */
  readonly given: boolean
  /** PEM in Base64; empty: it is in the Secret. */
  readonly caBundle: string
  /** Reads a Secret of the cluster, its values in Base64; undefined: it is not there. */
  readonly readSecret: (namespace: string, name: string) => Promise<Readonly<Record<string, string>> | undefined>
  readonly now: Date
}

const tenYearsMs = 10 * 365 * 24 * 3_600_000
const oneMonthMs = 30 * 24 * 3_600_000

/**
 * The certificate that the cluster has already, so that installing again changes nothing; else one that is made.
 * @throws CliFailure where a given Secret or CA can't be used
 */
export async function installedCertificate(options: CertificateOptions): Promise<InstalledCertificate> {
  const { namespace, serviceName, secretName, given, caBundle, readSecret, now } = options
  const own = caBundle === '' ? undefined : readAuthority(decode(caBundle), '--tls-general-ca-bundle')
  if (given && own !== undefined) return { authority: own }
  const stored = await readSecret(namespace, secretName)
  if (given) {
    if (stored === undefined) throw new CliFailure(`there is no Secret "${secretName}" in namespace "${namespace}" to take the CA from`)
    return { authority: readAuthority(decode(stored['ca.crt'] ?? ''), `ca.crt of Secret "${secretName}"`) }
  }
  if (own !== undefined) throw new CliFailure('--tls-general-ca-bundle needs --tls-general-secret: one without a certificate is of no use')
  const kept = stored && pairIn(stored)
  const hosts = ['', `.${namespace}`, `.${namespace}.svc`, `.${namespace}.svc.cluster.local`].map((rest) => `${serviceName}${rest}`)
  if (kept && isGood(kept.pair.certificate, hosts, now)) return kept
  const pair = await serverCertificate({ hosts: [...hosts, 'localhost'], now, lifetimeMs: tenYearsMs })
  return { authority: pair.certificate, pair }
}

function pairIn(data: Readonly<Record<string, string>>): { readonly authority: string; readonly pair: CertificatePair } | undefined {
  const [authority = '', certificate = '', privateKey = ''] = ['ca.crt', 'tls.crt', 'tls.key'].map((file) => decode(data[file] ?? ''))
  return authority === '' || certificate === '' || privateKey === '' ? undefined : { authority, pair: { certificate, privateKey } }
}

function isGood(certificate: string, hosts: readonly string[], now: Date): boolean {
  try {
    const read = new X509Certificate(certificate)
    return Date.parse(read.validTo) > now.getTime() + oneMonthMs && hosts.every((host) => read.checkHost(host) !== undefined)
  } catch {
    return false
  }
}

function readAuthority(pem: string, from: string): string {
  try {
    if (readCertificates(pem).length > 0) return pem
  } catch {
    // Said below.
  }
  throw new CliFailure(`${from}: expected certificates as PEM`)
}

const decode = (base64: string) => Buffer.from(base64, 'base64').toString('utf8')

/** Asks the cluster by kubectl, with the credentials that the manifests will be applied with. @throws CliFailure */
export async function readSecretByKubectl(namespace: string, name: string): Promise<Readonly<Record<string, string>> | undefined> {
  const args = ['get', 'secret', name, '--namespace', namespace, '--ignore-not-found', '--output', 'json', '--request-timeout', '20s']
  const { status, out, err } = await runProgram('kubectl', args)
  if (status !== 0) {
    throw new CliFailure(
      `the cluster could not be asked whether it has a certificate already: ${err.trim()}\n` +
        'With --without-kubernetes-connection it is not asked: good for a first installation, not for an upgrade.',
    )
  }
  if (out.trim() === '') return undefined
  return (JSON.parse(out) as { readonly data?: Readonly<Record<string, string>> }).data ?? {}
}
