/** How the peer's JSON decoder words what it finds, so that refusals read the same. */

/** A text in double quotes as Go's `%q` writes it. */
export function goQuote(text: string): string {
  let quoted = ''
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0
    if (char === '"' || char === '\\') quoted += `\\${char}`
    else if (code === 0x7f) quoted += '\\x7f'
    else if (code < 0x20) quoted += controls[char] ?? `\\x${code.toString(16).padStart(2, '0')}`
    else if (code > 0x7f && /[\p{C}\p{Z}]/u.test(char)) quoted += escaped(code)
    else quoted += char
  }
  return `"${quoted}"`
}

const controls: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

function escaped(code: number): string {
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** What a JSON value is, in the decoder's words. */
function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value
}

/** The sentence for a JSON value where Go expects another type. */
export function cannotUnmarshal(value: unknown, goType: string): string {
  const shown = typeof value === 'number' && /^u?int/.test(goType) ? `number ${value}` : jsonKind(value)
  return `json: cannot unmarshal ${shown} into Go value of type ${goType}`
}

/** The sentence for a quoted number that is none. */
export function invalidNumberText(text: string): string {
  if (text === '') return 'unexpected end of JSON input'
  const bad = [...text].find((char, index) => !/[\d.eE+-]/.test(char) || (index === 0 && !/[-\d]/.test(char))) ?? ''
  const place = text.startsWith(bad) ? 'looking for beginning of value' : 'after top-level value'
  return `invalid character '${bad}' ${place}`
}
