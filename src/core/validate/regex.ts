/** Letters that may follow a backslash in Go's syntax. */
const escapes =
  /\\(?:[aftnrvdDsSwWbBAzCQE]|[pP](?:\{\^?\w+\}|[A-Z])|x(?:\{[0-9a-fA-F]+\}|[0-9a-fA-F]{2})|0[0-7]{0,2}|[1-7][0-7]{1,2}|[^a-zA-Z0-9])/gs

/** Whether a text is a regular expression in Go's (and Envoy's) RE2 syntax. */
export function isRegex(text: string): boolean {
  const unquoted = text.replace(/\\Q.*?(?:\\E|$)/gs, 'q')
  const plain = unquoted.replace(escapes, 'e')
  if (/\\[a-zA-Z0-9]|\\$/.test(plain) || /\(\?(?:[=!]|<[=!])/.test(plain)) return false
  if ([...plain.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].some(([, min, max]) => Number(min) > 1000 || Number(max ?? 0) > 1000)) return false
  const groups = plain
    .replace(/\(\?P?<(\w+)>/g, '(')
    .replace(/\(\?[imsU]*(?:-[imsU]+)?:/g, '(')
    .replace(/\(\?(?:[imsU]+(?:-[imsU]+)?|-[imsU]+)\)/g, '')
  try {
    return new RegExp(groups) instanceof RegExp
  } catch {
    return false
  }
}
