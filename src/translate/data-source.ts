import { base64Decode } from '@bufbuild/protobuf/wire'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import type { DataSource } from '../core/kinds/data-source.js'
import type { SecretSpec } from '../core/kinds/secret.js'
import type { Resource } from '../core/resource.js'

/** What files hold, by path; a text says why one can't be read. */
export type FileContents = ReadonlyMap<string, Uint8Array | string>

/** What data sources may refer to: the secrets of the mesh, and files as far as whoever translates has read them. */
export interface DataSources {
  resourcesOf<Spec>(type: string): readonly Resource<Spec>[]
  readonly files?: FileContents
}

export type LoadedData = { readonly ok: true; readonly data: Uint8Array } | { readonly ok: false; readonly message: string }

/** The bytes that a data source means. */
export function loadDataSource({ inline, inlineString, secret, file }: DataSource, { resourcesOf, files }: DataSources): LoadedData {
  if (inline !== undefined) return decoded(inline)
  if (inlineString !== undefined) return { ok: true, data: utf8ToBytes(inlineString) }
  if (secret !== undefined) {
    const found = resourcesOf<SecretSpec>('Secret').find(({ name }) => name === secret)
    return found ? decoded(found.spec.data ?? '') : { ok: false, message: `there is no Secret "${secret}" in the mesh` }
  }
  if (file === undefined) return { ok: false, message: 'the data source names no secret, file or text' }
  const data = files?.get(file)
  if (typeof data === 'string') return { ok: false, message: data }
  return data ? { ok: true, data } : { ok: false, message: `the content of file "${file}" is not known` }
}

function decoded(base64: string): LoadedData {
  try {
    return { ok: true, data: base64Decode(base64) }
  } catch {
    return { ok: false, message: 'the data is not Base64' }
  }
}
