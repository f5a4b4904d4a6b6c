import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { Violation } from '../../core/kind.js'
import { providedCa } from '../../core/kinds/mesh-backends.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import { readConf } from '../../core/schema/conf.js'
import { type CertificatePair, certificateUse, readCertificates } from '../certificates.js'
import { type DataSourceAccess, loadDataSource } from '../data-source.js'
import type { CaBackend } from './load.js'

/**
 * What is wrong with the provided CAs of an admitted mesh: sources that lead nowhere, keys that don't fit, certificates that
 * can't sign. Paths start at the mesh. Source: Kuma's CA plugins.
 */
export async function checkMeshCas(mesh: Resource<MeshSpec>, access: DataSourceAccess): Promise<Violation[]> {
  if (mesh.spec.mtls?.skipValidation) return []
  const violations = await Promise.all((mesh.spec.mtls?.backends ?? []).map((backend) => checkProvided(mesh.name, backend, access)))
  return violations.flatMap((found, i) => found.map(({ path, message }) => ({ path: `mtls.backends[${i}].conf.${path}`, message })))
}

async function checkProvided(mesh: string, { type, conf }: CaBackend, access: DataSourceAccess): Promise<Violation[]> {
  const read = type === 'provided' ? readConf(providedCa(), conf) : undefined
  if (!read?.ok) return []
  const { cert = {}, key = {} } = read.conf
  const privateKey = await loadDataSource(access, mesh, key)
  const certificate = privateKey.ok ? await loadDataSource(access, mesh, cert) : privateKey
  if (!privateKey.ok || !certificate.ok) {
    const { message } = (privateKey.ok ? certificate : privateKey) as { message: string }
    return ['cert', 'key'].map((path) => ({ path, message }))
  }
  return checkCaPair({ certificate: certificate.data.toString(), privateKey: privateKey.data.toString() })
}

/** Whether the pair can be a mesh's CA. Paths start at the backend's conf. */
export function checkCaPair({ certificate, privateKey }: CertificatePair): Violation[] {
  const notPair = (reason: string) => [{ path: 'cert', message: `not a valid TLS key pair: ${reason}` }]
  let key: KeyObject
  let chain: ReturnType<typeof readCertificates>
  let uses: ReturnType<typeof certificateUse>[]
  try {
    chain = readCertificates(certificate)
    // A certificate can be well formed, and what it says of its use not.
    uses = chain.map(certificateUse)
  } catch (error) {
    return notPair((error as Error).message)
  }
  const [leaf] = chain
  if (!leaf) return notPair('tls: failed to find any PEM data in certificate input')
  if (!privateKey.includes('-----BEGIN ')) return notPair('tls: failed to find any PEM data in key input')
  try {
    key = createPrivateKey(privateKey)
  } catch {
    return notPair('tls: failed to parse private key')
  }
  if (!leaf.checkPrivateKey(key)) return notPair('tls: private key does not match public key')
  return uses.flatMap((use, i) => checkCaCertificate(use, `cert[${i}]`))
}

function checkCaCertificate(use: ReturnType<typeof certificateUse>, path: string): Violation[] {
  const rules: [boolean, string][] = [
    [use.isCa === true, "basic constraint 'CA' must be set to 'true' (see X509-SVID: 4.1. Basic Constraints)"],
    [use.keyCertSign, "key usage extension 'keyCertSign' must be set (see X509-SVID: 4.3. Key Usage)"],
    [!use.keyAgreement, "key usage extension 'keyAgreement' must NOT be set (see X509-SVID: Appendix A. X.509 Field Reference)"],
  ]
  return rules.filter(([holds]) => !holds).map(([, message]) => ({ path, message }))
}
