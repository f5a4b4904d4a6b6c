import type { DataSource } from '../core/kinds/data-source.js'
import type { SecureDataSource } from '../core/kinds/secure-data-source.js'
import type { Store } from '../core/store.js'
import { type LoadedData, type OutsideData, nothingOutside } from './outside-data.js'
import { readSecret, secretKey } from './secrets.js'

/** Where data sources of resources are read. */
export interface DataSourceAccess {
  readonly store: Pick<Store, 'get'>
  /** Default: nothing. */
  readonly outside?: OutsideData
}

/** Reads what a data source of a mesh's resource names: a secret of the mesh, a file that may be read, or the bytes themselves. */
export async function loadDataSource(access: DataSourceAccess, mesh: string, source: DataSource): Promise<LoadedData> {
  if (source.inlineString !== undefined) return { ok: true, data: Buffer.from(source.inlineString) }
  if (source.inline !== undefined) return { ok: true, data: Buffer.from(source.inline, 'base64') }
  if (source.file !== undefined) return loaded(await (access.outside ?? nothingOutside).readFile(source.file))
  if (source.secret === undefined) return { ok: false, message: 'unsupported type of the DataSource' }
  return loadSecret(access, mesh, source.secret)
}

/** The same for the form that younger kinds have. */
export async function loadSecureDataSource(access: DataSourceAccess, mesh: string, source: SecureDataSource): Promise<LoadedData> {
  const { outside = nothingOutside } = access
  switch (source.type) {
    case 'InsecureInline':
      return { ok: true, data: Buffer.from(source.insecureInline?.value ?? '') }
    case 'File':
      return loaded(await outside.readFile(source.file?.path ?? ''))
    case 'EnvVar':
      return loaded(outside.readVariable(source.envVar?.name ?? ''))
    case 'Secret':
      return loadSecret(access, mesh, source.secretRef?.name ?? '')
  }
}

async function loadSecret({ store }: DataSourceAccess, mesh: string, name: string): Promise<LoadedData> {
  const data = await readSecret(store, secretKey(mesh, name))
  return data ? { ok: true, data } : loaded({ ok: false, message: `resource not found: type="Secret" name="${name}" mesh="${mesh}"` })
}

const loaded = (data: LoadedData): LoadedData => (data.ok ? data : { ok: false, message: `could not load data: ${data.message}` })
