/**
 * Packs a folder of conformance cases for the repository: `npx tsx scripts/pack-conformance.ts <folder>` writes one
 * `fixtures/conformance/<group>.json.br` a group, and copies the notes. Layout: `{ case: { file: text } }`.
 */
import { cpSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'

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
      return [[`${prefix}${name}`, name.endsWith('.json') ? JSON.stringify(JSON.parse(text)) : text] as [string, string]]
    })
}

mkdirSync(out, { recursive: true })
for (const group of foldersIn(folder)) {
  const cases = Object.fromEntries(
    foldersIn(join(folder, group)).map((name) => [name, Object.fromEntries(filesBelow(join(folder, group, name)))]),
  )
  const packed = brotliCompressSync(JSON.stringify(cases), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  })
  writeFileSync(join(out, `${group}.json.br`), packed)
  cpSync(join(folder, group, 'INDEX.md'), join(out, `${group}.md`))
  console.log(`${group}: ${Object.keys(cases).length} cases, ${Math.round(packed.length / 1024)} KiB`)
}
for (const notes of ['README.md', 'NOTES.md']) cpSync(join(folder, notes), join(out, notes))
