import { Packed } from '../translate/envoy/any.js'

/** What stands for keys and certificates: a plan may be shown to anybody. */
const hidden = '<key material>'

/**
 * A typed message as a plain value in Envoy's JSON names: oneofs become the field that is set, packed messages what they hold.
 * Bytes are told by their length.
 */
export function plainMessage(message: unknown): unknown {
  if (message instanceof Packed) return { '@type': message.typeUrl, ...(plainMessage(message.message) as object) }
  if (message instanceof Uint8Array) return `<${message.length} bytes>`
  if (Array.isArray(message)) return message.map(plainMessage)
  if (typeof message === 'bigint') return String(message)
  if (typeof message !== 'object' || message === null) return message
  const plain: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(message)) {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue
    const oneof = caseOf(value)
    if (oneof) plain[oneof] = plainMessage((value as Record<string, unknown>)[oneof])
    else plain[key] = plainMessage(value)
  }
  return plain
}

/** The same for a secret: which certificate it is stays unsaid, that it changed does not. */
export function plainSecret({ name }: { readonly name: string }, version: string): unknown {
  return { name, content: hidden, version }
}

function caseOf(value: unknown): string | undefined {
  const found = typeof value === 'object' && value !== null && '$case' in value ? value.$case : undefined
  return typeof found === 'string' ? found : undefined
}
