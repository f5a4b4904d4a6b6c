import { createPrivateKey, type KeyObject } from 'node:crypto'
import { goQuote } from '../../core/go.js'
import type { Violation } from '../../core/kind.js'
import { builtinCa, providedCa } from '../../core/kinds/mesh-backends.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import { readConf } from '../../core/schema/conf.js'
import type { Store } from '../../core/store.js'
import { type CertificatePair, certificateUse, readCertificates } from '../certificates.js'
import { checkDataSource, loadDataSource } from '../data-source.js'
import { secretNames } from '../secrets.js'
import type { CaBackend } from './load.js'

/**
 * What is wrong with the CAs of a mesh that is to be stored, beyond what its text tells: sources that lead nowhere, keys
 * that don't fit, certificates that can't sign. Paths start at the mesh. Source: Kuma's CA plugins.
 */
export async function checkMeshCas(mesh: Resource<MeshSpec>, store: Pick<Store, 'get'>): Promise<Violation[]> {
  const violations: Violation[] = []
  for (const [i, backend] of (mesh.spec.mtls?.backends ?? []).entries()) {
    const path = `mtls.backends[${i}]`
    if (backend.type !== 'builtin' && backend.type !== 'provided') {
      return [...violations, { path: `${path}.type`, message: 'could not find installed plugin for this type' }]
    }
    if (mesh.spec.mtls?.skipValidation) continue
    const found = backend.type === 'builtin' ? checkBuiltin(mesh.name, backend) : await checkProvided(mesh.name, backend, store)
    violations.push(...found.map((violation) => below(`${path}.conf`, violation)))
  }
  return violations
}

/** A mesh keeps its CA while mTLS is on: proxies would not trust each other on the way from one to the other. */
export function checkCaChange(before: Resource<MeshSpec>, after: Resource<MeshSpec>): Violation[] {
  const [old, now] = [before.spec.mtls?.enabledBackend, after.spec.mtls?.enabledBackend]
  if (!old || !now || old === now) return []
  const message = 'Changing CA when mTLS is enabled is forbidden. Disable mTLS first and then change the CA'
  return [{ path: 'mtls.enabledBackend', message }]
}

const below = (parent: string, { path, message }: Violation): Violation => ({ path: join(parent, path), message })
const join = (parent: string, path: string) => (path === '' ? parent : path.startsWith('[') ? parent + path : `${parent}.${path}`)

function checkBuiltin(mesh: string, { name = '', conf }: CaBackend): Violation[] {
  const read = readConf(builtinCa(), conf)
  const violations: Violation[] = read.ok ? [] : [{ path: '', message: `could not convert backend config: ${read.message}` }]
  const secret = secretNames.caCertificate(mesh, name)
  const path = 'mtls.backends.name'
  if (secret.length > 255) violations.push({ path, message: 'Backend name is too long. Max length: 255' })
  if (!/^[a-z0-9_][a-z0-9_-]{0,62}(\.[a-z0-9_][a-z0-9_-]{0,62})*$/.test(secret)) {
    violations.push({ path, message: `${goQuote(name)} name must be valid dns name` })
  }
  return violations
}

async function checkProvided(mesh: string, { conf }: CaBackend, store: Pick<Store, 'get'>): Promise<Violation[]> {
  const read = readConf(providedCa(), conf)
  if (!read.ok) return [{ path: '', message: `could not convert backend config: ${read.message}` }]
  const { cert, key } = read.conf
  const chosen = Object.entries({ cert, key }).flatMap(([path, source]) =>
    source ? checkDataSource(source).map((violation) => below(path, violation)) : [{ path, message: 'has to be defined' }],
  )
  if (chosen.length > 0 || !cert || !key) return chosen
  const loadedKey = await loadDataSource(store, mesh, key)
  const loadedCert = loadedKey.ok ? await loadDataSource(store, mesh, cert) : loadedKey
  if (!loadedKey.ok || !loadedCert.ok) {
    const message = loadedKey.ok ? (loadedCert.ok ? '' : loadedCert.message) : loadedKey.message
    return ['cert', 'key'].map((path) => ({ path, message }))
  }
  return checkCaPair({ certificate: loadedCert.data.toString(), privateKey: loadedKey.data.toString() })
}

/** Whether the pair can be a mesh's CA. Paths start at the backend's conf. */
export function checkCaPair({ certificate, privateKey }: CertificatePair): Violation[] {
  const notPair = (reason: string) => [{ path: 'cert', message: `not a valid TLS key pair: ${reason}` }]
  let key: KeyObject
  let chain: ReturnType<typeof readCertificates>
  try {
    chain = readCertificates(certificate)
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
  return chain.flatMap((link, i) => checkCaCertificate(certificateUse(link), `cert[${i}]`))
}

function checkCaCertificate(use: ReturnType<typeof certificateUse>, path: string): Violation[] {
  const rules: [boolean, string][] = [
    [use.isCa, "basic constraint 'CA' must be set to 'true' (see X509-SVID: 4.1. Basic Constraints)"],
    [use.keyCertSign, "key usage extension 'keyCertSign' must be set (see X509-SVID: 4.3. Key Usage)"],
    [!use.keyAgreement, "key usage extension 'keyAgreement' must NOT be set (see X509-SVID: Appendix A. X.509 Field Reference)"],
  ]
  return rules.filter(([holds]) => !holds).map(([, message]) => ({ path, message }))
}
