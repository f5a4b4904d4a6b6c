/**
 * Packs a folder of conformance cases for the repository: `npx tsx scripts/pack-conformance.ts <folder>` writes one
 * `fixtures/conformance/<group>.json.br` a group, and copies the notes. Layout: `{ case: { file: text } }`.
 */
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { parseAllDocuments } from 'yaml'

const out = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/conformance')
const [folder] = process.argv.slice(2)
if (!folder) throw new Error('usage: npx tsx scripts/pack-conformance.ts <folder of groups>')

const isFolder = (path: string) => statSync(path).isDirectory()
const foldersIn = (path: string) =>
  readdirSync(path)
    .filter((name) => isFolder(join(path, name)))
    .sort()

function filesBelow(path: string, prefix = ''): [string, string][] {
  return readdirSync(path)
    .sort()
    .flatMap((name) => {
      const file = join(path, name)
      if (isFolder(file)) return filesBelow(file, `${prefix}${name}/`)
      const text = readFileSync(file, 'utf8')
      return [packed(`${prefix}${name}`, text)]
    })
}

/** Answers as compact JSON, which is read many times as fast as YAML; inputs as they were written. */
function packed(name: string, text: string): [string, string] {
  if (name === 'resources.yaml') return ['resources.json', JSON.stringify(parseAllDocuments(text).map((document) => document.toJS()))]
  return [name, name.endsWith('.json') ? JSON.stringify(JSON.parse(text)) : text]
}

mkdirSync(out, { recursive: true })
for (const group of foldersIn(folder)) {
  const cases = Object.fromEntries(
    foldersIn(join(folder, group)).map((name) => [name, Object.fromEntries(filesBelow(join(folder, group, name)))]),
  )
  const bytes = brotliCompressSync(JSON.stringify(cases), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  })
  writeFileSync(join(out, `${group}.json.br`), bytes)
  writeFileSync(join(out, `${group}.md`), readFileSync(join(folder, group, 'INDEX.md')))
  console.log(`${group}: ${Object.keys(cases).length} cases, ${Math.round(bytes.length / 1024)} KiB`)
}
writeFileSync(join(out, 'NOTES.md'), readFileSync(join(folder, 'NOTES.md')))
