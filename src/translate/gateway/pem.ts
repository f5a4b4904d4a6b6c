import { base64Decode, base64Encode } from '@bufbuild/protobuf/wire'

/** A block of PEM text. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY` ... */
  readonly label: string
  readonly bytes: Uint8Array
}

export function readPem(text: string): PemBlock[] {
  const blocks = text.matchAll(/-----BEGIN ([^-\n]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g)
  return [...blocks].map(([, label = '', body = '']) => ({ label, bytes: base64Decode(body) }))
}

const lineLength = 64

export function writePem({ label, bytes }: PemBlock): string {
  const lines = base64Encode(bytes).match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
