import { X509Certificate, createPrivateKey } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { KumaError } from '../core/errors.js'
import { type CertificatePair, readCertificates, serverCertificate } from './certificates.js'

export interface OwnCertificateOptions {
  /** PEM files that the user gives; both or none. */
  readonly certFile?: string
  readonly keyFile?: string
  /** Where a certificate that was made stays, so that proxies still trust the control plane after a restart. Absent: it doesn't. */
  readonly workDir?: string
  /** Names and addresses in a certificate that is made. Default: those of this machine. */
  readonly hosts?: readonly string[]
  readonly clock?: () => Date
}

export interface OwnCertificate extends CertificatePair {
  /** `given`: the user's; `kept`: made by an earlier start; `made`: by this one. */
  readonly origin: 'given' | 'kept' | 'made'
  /** What it names. */
  readonly hosts: readonly string[]
  /** Where it is, if anywhere. */
  readonly certFile?: string
  readonly keyFile?: string
}

const tenYearsMs = 10 * 365 * 24 * 3_600_000
const oneWeekMs = 7 * 24 * 3_600_000

/**
 * The certificate of a control plane's servers: the one that it was given, else the one in its work folder, else a self-signed
 * one that is made now. One in the work folder is replaced when it ends within a week or lacks one of the hosts that were asked
 * for, but not because the machine got another address: proxies that trust it would lose the control plane.
 * @throws KumaError `invalid-option` when the files that were given are no pair
 */
export async function ownCertificate(options: OwnCertificateOptions): Promise<OwnCertificate> {
  const { certFile, keyFile, workDir, clock = () => new Date() } = options
  if (certFile || keyFile) {
    if (!certFile || !keyFile)
      throw new KumaError('invalid-option', 'a TLS certificate and its key go together: only one of both files is named')
    const pair = await readPair(certFile, keyFile)
    return { ...pair, origin: 'given', hosts: namesIn(pair), certFile, keyFile }
  }
  const files = workDir === undefined ? undefined : { cert: join(workDir, 'kuma-cp.crt'), key: join(workDir, 'kuma-cp.key') }
  const kept = files && (await readPair(files.cert, files.key).catch(() => undefined))
  if (kept && isGood(kept, options.hosts ?? ['localhost'], clock()))
    return { ...kept, origin: 'kept', hosts: namesIn(kept), certFile: files.cert }
  const hosts = options.hosts ?? machineHosts()
  const made = await serverCertificate({ hosts, now: clock(), lifetimeMs: tenYearsMs })
  if (workDir !== undefined && files) {
    await mkdir(workDir, { recursive: true, mode: 0o700 })
    await replaceFile(files.key, made.privateKey, 0o600)
    await replaceFile(files.cert, made.certificate, 0o644)
  }
  return { ...made, origin: 'made', hosts, certFile: files?.cert }
}

/** The names and addresses by which this machine is reached. */
export function machineHosts(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address))
  // Zones of link-local addresses are this machine's own business.
  return [
    ...new Set(['localhost', hostname(), '127.0.0.1', '::1', ...addresses.filter((address) => isIP(address) && !address.includes('%'))]),
  ]
}

/** @throws KumaError `invalid-option` when the files are no certificate and its key */
export async function readPair(certFile: string, keyFile: string): Promise<CertificatePair> {
  const [certificate, privateKey] = await Promise.all([certFile, keyFile].map((file) => readText(file)))
  const pair = { certificate: certificate ?? '', privateKey: privateKey ?? '' }
  const problem = problemOf(pair)
  if (problem) throw new KumaError('invalid-option', `${certFile} and ${keyFile} are no TLS certificate and key: ${problem}`)
  return pair
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new KumaError('invalid-option', `${file} can't be read: ${cause.code ?? cause.message}`, { cause })
  })
}

function problemOf({ certificate, privateKey }: CertificatePair): string | undefined {
  try {
    const [leaf] = readCertificates(certificate)
    if (!leaf) return 'there is no PEM certificate'
    return leaf.checkPrivateKey(createPrivateKey(privateKey)) ? undefined : 'the key is not the one of the certificate'
  } catch (error) {
    return (error as Error).message
  }
}

function isGood({ certificate }: CertificatePair, hosts: readonly string[], now: Date): boolean {
  const parsed = new X509Certificate(certificate)
  const named = (host: string) => (isIP(host) ? parsed.checkIP(host) : parsed.checkHost(host)) !== undefined
  return Date.parse(parsed.validTo) - now.getTime() > oneWeekMs && hosts.every(named)
}

function namesIn({ certificate }: CertificatePair): string[] {
  const text = new X509Certificate(certificate).subjectAltName ?? ''
  return text
    .split(', ')
    .filter(Boolean)
    .map((name) => name.replace(/^(DNS|IP Address):/, ''))
}

/** Either the old content or the new, never half of it, whenever the process ends. */
export async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  const fresh = `${file}.new`
  await writeFile(fresh, text, { mode })
  await rename(fresh, file)
}
