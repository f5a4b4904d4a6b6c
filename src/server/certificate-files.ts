import { unwatchFile, watchFile } from 'node:fs'
import type { CertificatePair } from './certificates.js'
import { readPair } from './own-certificate.js'

export interface CertificateFilesOptions {
  readonly certFile: string
  readonly keyFile: string
  /** What was read last. */
  readonly now: CertificatePair
  readonly onRenewed: (pair: CertificatePair) => void
  /** The files are no pair at the moment; the old one stays in use. */
  readonly onFault: (error: Error) => void
  /** How often the files are looked at, in milliseconds. Default: 5 s. */
  readonly everyMs?: number
}

/**
 * Tells when the files of a certificate hold another one, e.g. because it was renewed. Half of the new one beside half of the old one
 * is no certificate: then it is told once the other half is there.
 * @returns stops it
 */
export function followCertificateFiles(options: CertificateFilesOptions): () => void {
  const { certFile, keyFile, onRenewed, onFault, everyMs = 5000 } = options
  let current = options.now
  const look = () => {
    readPair(certFile, keyFile).then((pair) => {
      if (pair.certificate === current.certificate && pair.privateKey === current.privateKey) return
      current = pair
      onRenewed(pair)
    }, onFault)
  }
  // Files are looked at by time, not by events: those of mounted secrets change by links that nobody tells of.
  const files = [certFile, keyFile]
  for (const file of files) watchFile(file, { interval: everyMs, persistent: false }, look)
  return () => {
    for (const file of files) unwatchFile(file, look)
  }
}
