const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Standard Base64 with padding, without Node's Buffer: this runs in browsers. */
export function base64(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    text += alphabet[(group >> 18) & 63]
    text += alphabet[(group >> 12) & 63]
    text += left > 1 ? alphabet[(group >> 6) & 63] : '='
    text += left > 2 ? alphabet[group & 63] : '='
  }
  return text
}

/** The bytes of standard Base64; line breaks are let through. Whatever else is no digit counts as nothing. */
export function fromBase64(text: string): Uint8Array {
  const bytes: number[] = []
  let bits = 0
  let count = 0
  for (const character of text) {
    const digit = alphabet.indexOf(character)
    if (digit < 0) continue
    bits = ((bits << 6) | digit) & 0xffff
    count += 6
    if (count < 8) continue
    count -= 8
    bytes.push((bits >> count) & 0xff)
  }
  return Uint8Array.from(bytes)
}
