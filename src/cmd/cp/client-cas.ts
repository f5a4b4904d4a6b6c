import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readCertificates } from '../../server/certificates.js'
import { ConfigFault, type KumaCpConfig } from './config.js'

/** The certificates that clients of the API may be signed by, or be: PEM. Undefined: clients need not show any. @throws ConfigFault */
export function readClientCas({ auth, https }: Pick<KumaCpConfig['apiServer'], 'auth' | 'https'>): string | undefined {
  const inFolder = auth.clientCertsDir === '' ? [] : filesIn(auth.clientCertsDir)
  const files = [...inFolder, ...(https.tlsCaFile === '' ? [] : [https.tlsCaFile])]
  if (files.length === 0) return undefined
  return files.map(readPem).join('\n')
}

function filesIn(folder: string): string[] {
  const names = attempt(folder, () => readdirSync(folder).filter((name) => /\.(pem|crt|cer)$/i.test(name)))
  if (names.length === 0) throw new ConfigFault(`apiServer.auth.clientCertsDir: ${folder} holds no .pem, .crt or .cer file`)
  return names.sort().map((name) => join(folder, name))
}

function readPem(file: string): string {
  const text = attempt(file, () => readFileSync(file, 'utf8'))
  const found = attempt(file, () => readCertificates(text))
  if (found.length === 0) throw new ConfigFault(`${file}: there is no PEM certificate`)
  return text
}

function attempt<T>(place: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new ConfigFault(`${place}: ${(error as Error).message}`)
  }
}
