import { base64Decode, base64Encode } from '@bufbuild/protobuf/wire'

/** A block of PEM text. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY` ... */
  readonly label: string
  readonly bytes: Uint8Array
}

/** The blocks of a text. What is no block, or holds no Base64, is passed over. */
export function readPem(text: string): PemBlock[] {
  const blocks = text.matchAll(/-----BEGIN ([^-\n]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g)
  return [...blocks].flatMap(([, label = '', body = '']) => {
    const base64 = body.replace(/\s/g, '')
    return isBase64.test(base64) ? [{ label, bytes: base64Decode(base64) }] : []
  })
}

const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const lineLength = 64

export function writePem({ label, bytes }: PemBlock): string {
  const lines = base64Encode(bytes).match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
