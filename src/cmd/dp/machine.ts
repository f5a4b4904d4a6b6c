import { accessSync, readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'

/** What the machine offers, as far as the control plane wants to know. */

/** Whether any network of this machine speaks IPv6. */
export function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((list) => list?.some(({ family }) => family === 'IPv6'))
}

const systemCaFiles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/** The file with the CAs that the system trusts, where the common systems have it. */
export function systemCaPath(files: readonly string[] = systemCaFiles): string | undefined {
  return files.find((file) => {
    try {
      accessSync(file)
      return true
    } catch {
      return false
    }
  })
}

const memoryLimitFiles = ['/sys/fs/cgroup/memory.max', '/sys/fs/cgroup/memory/memory.limit_in_bytes']

/** The memory that the processes of this container may take, in bytes. Undefined: nobody set a limit. */
export function memoryLimit(files: readonly string[] = memoryLimitFiles): number | undefined {
  for (const file of files) {
    try {
      const bytes = Number(readFileSync(file, 'utf8').trim())
      // Without a limit the older kernels say a number that no machine has.
      if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
    } catch {
      // Not this version of cgroups.
    }
  }
  return undefined
}
