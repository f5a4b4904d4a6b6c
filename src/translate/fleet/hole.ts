/** A text that stands for something of a proxy's own while what proxies have in common is built, and what takes its place. */
export interface Hole {
  readonly token: string
  readonly value: string
  /** Both as they stand in messages; as long as each other. */
  readonly tokenBytes: Uint8Array
  readonly valueBytes: Uint8Array
}

/** Both texts are ASCII. */
export function holeOf(token: string, value: string): Hole {
  return { token, value, tokenBytes: asciiBytes(token), valueBytes: asciiBytes(value) }
}

function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (sign) => sign.charCodeAt(0))
}

export function sameHoles(a: readonly Hole[], b: readonly Hole[]): boolean {
  return a.length === b.length && a.every(({ value }, i) => value === b[i]?.value)
}

/** Where the token stands in the bytes. */
export function placesOf({ tokenBytes }: Hole, bytes: Uint8Array): number[] {
  const found: number[] = []
  const [first = 0] = tokenBytes
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1)) if (standsAt(tokenBytes, bytes, at)) found.push(at)
  return found
}

function standsAt(wanted: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 1; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false
  return true
}
