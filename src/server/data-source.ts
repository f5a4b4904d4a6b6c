import { readFile } from 'node:fs/promises'
import type { DataSource } from '../core/kinds/data-source.js'
import type { Store } from '../core/store.js'
import { readSecret, secretKey } from './secrets.js'

export type LoadedData = { readonly ok: true; readonly data: Buffer } | { readonly ok: false; readonly message: string }

/** Reads what a data source of a mesh's resource names: a secret of the mesh, a file of this machine, or the bytes themselves. */
export async function loadDataSource(store: Pick<Store, 'get'>, mesh: string, source: DataSource): Promise<LoadedData> {
  const failed = (reason: string) => ({ ok: false, message: `could not load data: ${reason}` }) as const
  if (source.inlineString !== undefined) return { ok: true, data: Buffer.from(source.inlineString) }
  if (source.inline !== undefined) return { ok: true, data: Buffer.from(source.inline, 'base64') }
  if (source.file !== undefined) {
    return readFile(source.file).then(
      (data) => ({ ok: true, data }) as const,
      ({ code }: NodeJS.ErrnoException) => failed(`open ${source.file}: ${code === 'ENOENT' ? 'no such file or directory' : code}`),
    )
  }
  if (source.secret === undefined) return { ok: false, message: 'unsupported type of the DataSource' }
  const data = await readSecret(store, secretKey(mesh, source.secret))
  return data ? { ok: true, data } : failed(`resource not found: type="Secret" name="${source.secret}" mesh="${mesh}"`)
}
