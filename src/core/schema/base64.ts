/** What Go's decoder says of a text that is not standard Base64 with padding; line breaks are let through. */
export function base64Error(text: string): string | undefined {
  let digits = 0
  let index = 0
  for (; index < text.length; index++) {
    const char = text[index] ?? ''
    if (char === '\n' || char === '\r') continue
    if (char === '=') break
    if (!/[A-Za-z0-9+/]/.test(char)) return illegal(index)
    digits++
  }
  const padding = text.slice(index).replace(/[\r\n]/g, '')
  const wanted = (4 - (digits % 4)) % 4
  if (wanted === 3) return illegal(index)
  if (padding === '='.repeat(wanted)) return undefined
  return illegal(padding.length < wanted ? text.length : index + wanted)
}

const illegal = (index: number) => `illegal base64 data at input byte ${index}`
