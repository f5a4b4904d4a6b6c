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
    if (addition.startsWith('import ')) return body.replace(/^import /m, `${addition}\nimport `)
    const [message = '', field = ''] = addition.split(/: (.*)/)
    const opening = new RegExp(`^ *message ${message} \\{`, 'm').exec(body)
    if (!opening) throw new Error(`proto/newer-fields.txt: ${path} has no message ${message}`)
    const start = opening.index + opening[0].length
    const [before, inside] = [body.slice(0, start), body.slice(start)]
    const older = new RegExp(`^ *[\\w. ]+${/ \w+ = \d+/.exec(field)?.[0]}\\b[^;]*;`, 'm')
    return before + (older.test(inside) ? inside.replace(older, `  ${field}`) : `\n  ${field}${inside}`)
  }, text)
}
