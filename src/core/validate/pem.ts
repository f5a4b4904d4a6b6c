import { base64Error } from '../schema/base64.js'

const block = /-----BEGIN ([^\n-]+)-----[ \t]*\r?\n([\s\S]*?)-----END ([^\n-]+)-----/g

/** The type of the first PEM block in a text, e.g. `CERTIFICATE`; undefined where there is none. */
export function pemBlock(text: string): string | undefined {
  for (const [, type = '', body = '', end] of text.matchAll(block)) {
    if (type === end && base64Error(withoutHeaders(body).replace(/[ \t]/g, '')) === undefined) return type
  }
  return undefined
}

/** `Proc-Type: 4,ENCRYPTED` and the like may stand in front, then an empty line. */
function withoutHeaders(body: string): string {
  return body.replace(/^([^\n:]+:[^\n]*\r?\n)+\r?\n/, '')
}
