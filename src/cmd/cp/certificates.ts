import { followCertificateFiles } from '../../server/certificate-files.js'
import type { CertificatePair } from '../../server/certificates.js'
import { type OwnCertificate, ownCertificate } from '../../server/own-certificate.js'
import type { Logger } from '../log.js'
import type { KumaCpConfig } from './config.js'
import { workDirOf } from './storage.js'

/** The certificates of the two servers that speak TLS. */
export interface ServerCertificates {
  readonly api: OwnCertificate
  readonly proxies: OwnCertificate
}

interface Files {
  readonly tlsCertFile: string
  readonly tlsKeyFile: string
}

/** Each server's own files, else those for all of them, else one that is made. */
export async function loadCertificates(config: KumaCpConfig, log: Logger): Promise<ServerCertificates> {
  const load = async ({ tlsCertFile, tlsKeyFile }: Files) => {
    const own = await ownCertificate({ certFile: tlsCertFile || undefined, keyFile: tlsKeyFile || undefined, workDir: workDirOf(config) })
    if (own.origin === 'made') log.info(`made a TLS certificate for ${own.hosts.join(', ')}, it is kept in ${own.certFile}`)
    return own
  }
  const filesOf = (files: Files) => (files.tlsCertFile || files.tlsKeyFile ? files : config.general)
  return { api: await load(filesOf(config.apiServer.https)), proxies: await load(filesOf(config.dpServer)) }
}

/** Hands a certificate on when its files are renewed; one that was made here is not. @returns stops it */
export function followRenewals(own: OwnCertificate, renew: (pair: CertificatePair) => void, log: Logger): () => Promise<void> {
  const { certFile, keyFile } = own
  if (own.origin !== 'given' || certFile === undefined || keyFile === undefined) return async () => {}
  const stop = followCertificateFiles({
    certFile,
    keyFile,
    now: own,
    onRenewed(pair) {
      renew(pair)
      log.info(`the certificate in ${certFile} was renewed: new connections see it`)
    },
    onFault: (error) => log.warn({ err: error }, `the old certificate stays in use`),
  })
  return async () => stop()
}
