import { readFileSync } from 'node:fs'

/** What `proto/newer-fields.txt` adds to the protos of the dev dependencies, by file. */
export type NewerFields = ReadonlyMap<string, readonly string[]>

export function readNewerFields(path: string): NewerFields {
  const additions = new Map<string, string[]>()
  let current: string[] = []
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith(' ')) current.push(line.trim())
    else additions.set(line, (current = []))
  }
  return additions
}

/** The proto with the additions in it. A field that it has already is replaced: its rules have changed. */
export function withNewerFields(path: string, text: string, additions: NewerFields): string {
  return (additions.get(path) ?? []).reduce((body, addition) => {
    if (addition.startsWith('import ')) return body.includes(addition) ? body : body.replace(/^import /m, `${addition}\nimport `)
    if (/^(message|enum) /.test(addition)) return `${body}\n${addition}\n`
    const [, place = '', oneof, declaration = ''] = /^([\w.]+)(?: (\w+))?: (.*)$/.exec(addition) ?? []
    const start = bodyOf(body, place)
    if (start < 0) throw new Error(`proto/newer-fields.txt: ${path} has no ${place}`)
    return insert(body, start, oneof, declaration)
  }, text)
}

/** Where the body of a message or enum begins: `RouteAction.HashPolicy` is the HashPolicy after the opening of RouteAction. */
function bodyOf(text: string, place: string): number {
  let from = 0
  for (const name of place.split('.')) {
    const opening = new RegExp(`^ *(?:message|enum) ${name} \\{`, 'm').exec(text.slice(from))
    if (!opening) return -1
    from += opening.index + opening[0].length
  }
  return from
}

function insert(text: string, start: number, oneof: string | undefined, declaration: string): string {
  const end = endOf(text, start)
  const [before, inside, after] = [text.slice(0, start), text.slice(start, end), text.slice(end)]
  if (oneof !== undefined) {
    const group = new RegExp(`^ *oneof ${oneof} \\{`, 'm')
    if (!group.test(inside)) return `${before}${inside}\n  oneof ${oneof} { ${declaration} }\n${after}`
    return before + inside.replace(group, (opening) => `${opening}\n    ${declaration}`) + after
  }
  const numbered = /^(?:message|enum) /.test(declaration) ? undefined : / \w+ = \d+/.exec(declaration)?.[0]
  const older = numbered === undefined ? undefined : new RegExp(`^ *[\\w. ]+${numbered}\\b[^;]*;`, 'm')
  return before + (older?.test(inside) ? inside.replace(older, `  ${declaration}`) : `${inside}\n  ${declaration}\n`) + after
}

/** Where the body that begins at `start` ends. Braces in comments don't count. */
function endOf(text: string, start: number): number {
  const plain = text.replace(/\/\/.*/g, (comment) => ' '.repeat(comment.length))
  for (let at = start, depth = 1; at < plain.length; at++) {
    if (plain[at] === '{') depth++
    if (plain[at] === '}' && --depth === 0) return at
  }
  return text.length
}
