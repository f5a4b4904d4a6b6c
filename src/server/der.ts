/** The few shapes of DER that an X.509 certificate is put together from. Source: X.690. */

/** Tag, length, content. */
function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const size = length < 0x80 ? [] : length < 0x100 ? [length] : length < 0x10000 ? [length >> 8, length & 0xff] : undefined
  if (!size) throw new RangeError(`${length} bytes are more than any part of a certificate has`)
  return Buffer.concat([Buffer.from([tag, ...(size.length === 0 ? [length] : [0x80 | size.length, ...size])]), ...parts])
}

export const sequence = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts)
export const octets = (content: Uint8Array): Buffer => tlv(0x04, content)
/** Whole bytes of bits. */
export const bits = (content: Uint8Array): Buffer => tlv(0x03, Buffer.of(0), content)
/** @param bytes big-endian, in the fewest bytes that keep its sign */
export const integer = (bytes: Uint8Array): Buffer => tlv(0x02, bytes)
/** @param bytes the encoded identifier */
export const identifier = (bytes: Uint8Array): Buffer => tlv(0x06, bytes)
export const yes = Buffer.of(0x01, 0x01, 0xff)
export const nothing = Buffer.of(0x05, 0x00)
/** `[n] EXPLICIT`. */
export const explicit = (n: number, content: Uint8Array): Buffer => tlv(0xa0 | n, content)
/** `[n] IMPLICIT` of something that has no parts. */
export const implicit = (n: number, content: Uint8Array): Buffer => tlv(0x80 | n, content)

/** To the second: with two digits of the year up to 2049, with four from then on. Source: RFC 5280, 4.1.2.5. */
export function time(at: Date): Buffer {
  const text = `${at.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')}Z`
  return at.getUTCFullYear() < 2050 ? tlv(0x17, Buffer.from(text.slice(2))) : tlv(0x18, Buffer.from(text))
}
