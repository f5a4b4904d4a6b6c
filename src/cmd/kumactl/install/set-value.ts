import { isSection } from '../../../kubernetes/install/merge-values.js'
import { CliFailure } from '../failure.js'

/** Values that are being put together. */
export type GivenValues = { [name: string]: unknown }

/** What takes a value's place: its path, and the names that lead there. Names with dots are written with `\.`. */
export function setValue(values: GivenValues, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path
  if (name === '' || name === '__proto__') throw new CliFailure(`${JSON.stringify(path.join('.'))} is no path of a value`)
  if (rest.length === 0) values[name] = value
  else {
    const inner = values[name]
    const section = isSection(inner) ? (inner as GivenValues) : {}
    values[name] = section
    setValue(section, rest, value)
  }
}

/**
 * Reads what `--set` is given, as Helm does: `path=value`, several separated by commas. `true`, `false`, `null` and integers are what
 * they look like, `{a,b}` is a list, a backslash takes the meaning of the character after it away.
 * @throws CliFailure
 */
export function readAssignments(text: string): readonly { readonly path: readonly string[]; readonly value: unknown }[] {
  return split(text, ',').map((assignment) => {
    const [path = '', ...value] = split(assignment, '=')
    if (path === '' || value.length === 0) throw new CliFailure(`--set ${assignment}: expected PATH=VALUE`)
    return { path: split(path, '.').map(plain), value: readValue(value.join('=')) }
  })
}

function readValue(text: string): unknown {
  if (text.startsWith('{') && text.endsWith('}')) return text === '{}' ? [] : split(text.slice(1, -1), ',').map(readValue)
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'null') return null
  if (/^(0|-?[1-9]\d{0,14})$/.test(text)) return Number(text)
  return plain(text)
}

/** Parts between the separators that stand in no braces and behind no backslash. */
function split(text: string, separator: string): string[] {
  const parts: string[] = ['']
  let depth = 0
  const add = (more: string) => (parts[parts.length - 1] += more)
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (char === '\\') add(char + text.charAt(++at))
    else if (char === separator && depth === 0) parts.push('')
    else {
      if (char === '{') depth += 1
      if (char === '}') depth -= 1
      add(char)
    }
  }
  return parts
}

function plain(text: string): string {
  return text.replace(/\\(.)/g, '$1')
}
