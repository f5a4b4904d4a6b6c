/** What kinds of keys a gateway can show certificates for. */
export type KeyType = 'rsa' | 'ecdsa'

const derTag = { integer: 0x02, octetString: 0x04, objectIdentifier: 0x06, sequence: 0x30 } as const

/** Object identifiers as DER holds them. */
const algorithms: readonly { readonly type: KeyType; readonly oid: string }[] = [
  { type: 'rsa', oid: '1.2.840.113549.1.1.1' },
  { type: 'ecdsa', oid: '1.2.840.10045.2.1' },
]

interface DerValue {
  readonly tag: number
  readonly content: Uint8Array
  readonly rest: Uint8Array
}

/**
 * The kind of a private key (DER of PKCS #8, PKCS #1 or SEC 1). Nothing where it is of another kind, or no key.
 * All three are a sequence of a version and then, in their order: an algorithm, a number, bytes.
 */
export function privateKeyType(der: Uint8Array): KeyType | undefined {
  const key = readDer(der)
  if (key?.tag !== derTag.sequence) return undefined
  const version = readDer(key.content)
  if (version?.tag !== derTag.integer) return undefined
  const second = readDer(version.rest)
  if (second?.tag === derTag.integer) return 'rsa'
  if (second?.tag === derTag.octetString) return 'ecdsa'
  if (second?.tag !== derTag.sequence) return undefined
  const algorithm = readDer(second.content)
  if (algorithm?.tag !== derTag.objectIdentifier) return undefined
  const oid = objectIdentifier(algorithm.content)
  return algorithms.find((known) => known.oid === oid)?.type
}

function readDer(bytes: Uint8Array): DerValue | undefined {
  const [tag, first] = bytes
  if (tag === undefined || first === undefined) return undefined
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f
  let length = lengthBytes === 0 ? first : 0
  for (const byte of bytes.subarray(2, 2 + lengthBytes)) length = length * 0x100 + byte
  const start = 2 + lengthBytes
  if (lengthBytes > 4 || start + length > bytes.length) return undefined
  return { tag, content: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) }
}

function objectIdentifier(content: Uint8Array): string {
  const numbers: number[] = []
  let number = 0
  for (const byte of content) {
    number = number * 0x80 + (byte & 0x7f)
    if (byte & 0x80) continue
    numbers.push(number)
    number = 0
  }
  const [head = 0, ...tail] = numbers
  const root = Math.min(2, Math.floor(head / 40))
  return [root, head - root * 40, ...tail].join('.')
}
