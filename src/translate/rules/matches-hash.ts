/** How Kuma tells the rules of MeshHTTPRoutes apart: by a hash of their matches. Source: MeshHTTPRoute `HashMatches`. */
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { base64 } from '../base64.js'
import { jsonText } from '../json-text.js'

/** What a request has to look like. All fields given have to hold. */
export interface HttpMatch {
  readonly path?: { readonly type: string; readonly value: string }
  readonly method?: string
  readonly queryParams?: readonly { readonly type: string; readonly name: string; readonly value: string }[]
  readonly headers?: readonly { readonly type?: string; readonly name: string; readonly value?: string }[]
}

/** Base64 of the SHA-256 of the matches as JSON, fields in the order of the peer's API. */
export function matchesHash(matches: readonly HttpMatch[]): string {
  return base64(sha256(utf8ToBytes(jsonText(matches.map(inOrder)))))
}

function inOrder({ path, method, queryParams, headers }: HttpMatch): HttpMatch {
  return {
    path: path && { value: path.value, type: path.type },
    method,
    queryParams: queryParams?.map(({ type, name, value }) => ({ type, name, value })),
    headers: headers?.map(({ type, name, value }) => ({ type, name, value: value || undefined })),
  }
}
