/** How Kuma tells the rules of MeshHTTPRoutes apart: by a hash of their matches. Source: MeshHTTPRoute `HashMatches`. */
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { base64 } from '../base64.js'

/** What a request has to look like. All fields given have to hold. */
export interface HttpMatch {
  readonly path?: { readonly type: string; readonly value: string }
  readonly method?: string
  readonly queryParams?: readonly { readonly type: string; readonly name: string; readonly value: string }[]
  readonly headers?: readonly { readonly type?: string; readonly name: string; readonly value?: string }[]
}

/** Base64 of the SHA-256 of the matches as JSON, fields in the order of the peer's API. */
export function matchesHash(matches: readonly HttpMatch[]): string {
  return base64(sha256(utf8ToBytes(escapeHtml(JSON.stringify(matches.map(inOrder))))))
}

function inOrder({ path, method, queryParams, headers }: HttpMatch): HttpMatch {
  return {
    path: path && { value: path.value, type: path.type },
    method,
    queryParams: queryParams?.map(({ type, name, value }) => ({ type, name, value })),
    headers: headers?.map(({ type, name, value }) => ({ type, name, value: value || undefined })),
  }
}

/** As the peer's JSON encoder does in texts. */
function escapeHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
