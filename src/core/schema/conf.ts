import type * as z from 'zod'
import { decode } from './decode.js'

/** A loosely typed `conf`, read as what its backend's type says it is; or the decoder's sentence why it can't be. */
export type ReadConf<T> = { readonly ok: true; readonly conf: T } | { readonly ok: false; readonly message: string }

/** Reads a `conf` that a spec keeps as it was written. Unknown fields are left out, as by the peer. */
export function readConf<T>(schema: z.ZodType<T>, conf: unknown): ReadConf<T> {
  const value = decode(schema, conf ?? {}, () => {})
  const result = schema.safeParse(value)
  if (result.success) return { ok: true, conf: value as T }
  return { ok: false, message: result.error.issues[0]?.message ?? '' }
}
