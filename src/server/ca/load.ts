import { KumaError } from '../../core/errors.js'
import { providedCa } from '../../core/kinds/mesh-backends.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { Resource } from '../../core/resource.js'
import { readConf } from '../../core/schema/conf.js'
import type { CertificatePair } from '../certificates.js'
import { type DataSourceAccess, loadDataSource } from '../data-source.js'
import { readSecret, secretKey, secretNames } from '../secrets.js'

export type CaBackend = NonNullable<NonNullable<MeshSpec['mtls']>['backends']>[number]

/** The backend that issues a mesh's certificates. Undefined: mTLS is off. */
export function enabledCaBackend({ spec: { mtls } }: Resource<MeshSpec>): CaBackend | undefined {
  return mtls?.enabledBackend ? mtls.backends?.find(({ name }) => name === mtls.enabledBackend) : undefined
}

/**
 * Certificate and key of a mesh's CA, from its secrets or from where its user says they are.
 * @throws KumaError `no-ca`
 */
export async function loadCa(access: DataSourceAccess, mesh: string, backend: CaBackend): Promise<CertificatePair> {
  const of = `the CA of backend "${backend.name}" of mesh "${mesh}"`
  if (backend.type === 'builtin') {
    const load = async (name: string) => {
      const data = await readSecret(access.store, secretKey(mesh, name))
      if (!data) throw new KumaError('no-ca', `${of} is not there: the mesh has no Secret "${name}"`)
      return data.toString()
    }
    const name = backend.name ?? ''
    return { certificate: await load(secretNames.caCertificate(mesh, name)), privateKey: await load(secretNames.caKey(mesh, name)) }
  }
  const read = backend.type === 'provided' ? readConf(providedCa(), backend.conf) : undefined
  if (!read?.ok) throw new KumaError('no-ca', `${of} can't be read: ${read ? read.message : `"${backend.type}" is not a type of CA`}`)
  const load = async (part: 'cert' | 'key') => {
    const loaded = await loadDataSource(access, mesh, read.conf[part] ?? {})
    if (!loaded.ok) throw new KumaError('no-ca', `${of} can't be read: ${part}: ${loaded.message}`)
    return loaded.data.toString()
  }
  return { certificate: await load('cert'), privateKey: await load('key') }
}

/** The secrets of the mesh that a backend reads: what must not be deleted while it is there. */
export function secretsOfBackend(mesh: string, { name = '', type, conf }: CaBackend): string[] {
  if (type === 'builtin') return [secretNames.caCertificate(mesh, name), secretNames.caKey(mesh, name)]
  const read = readConf(providedCa(), conf)
  return read.ok ? [read.conf.cert?.secret, read.conf.key?.secret].filter((secret) => secret !== undefined) : []
}
