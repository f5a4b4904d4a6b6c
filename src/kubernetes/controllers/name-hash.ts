const alphabet = 'bcdfghjklmnpqrstvwxz2456789'

/** Longest text that {@link nameHash} gives. */
export const longestHash = 10

/** FNV-1a, 32 bits, of texts, in letters and digits that make no words: as Kubernetes hashes Pod templates into names. */
export function nameHash(...texts: readonly string[]): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(texts.join(''))) hash = Math.imul(hash ^ byte, 0x01000193)
  return [...String(hash >>> 0)].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('')
}
