/**
 * Makes src/gen from Envoy's API: gathers the protos that the roots below reach (from the dev dependencies, with the
 * files under proto/ on top), has buf and ts-proto write typed codecs, and protobufjs a descriptor for reflection.
 * Offline and deterministic; `npm ci` runs it through the `prepare` script. Nothing it writes is committed.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { descriptorOf } from './descriptor.js'
import { readNewerFields, withNewerFields } from './newer-fields.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stage = join(root, '.cache/proto')
const fresh = join(root, '.cache/fresh')
const out = join(root, 'src/gen')
const stamp = 'stamp'
const deps = join(root, 'node_modules/@grpc/grpc-js-xds/deps')
const sources = [
  join(root, 'proto'),
  ...['envoy-api', 'googleapis', 'protoc-gen-validate', 'xds'].map((d) => join(deps, d)),
  join(root, 'node_modules/@grpc/grpc-js/proto/xds'),
]

const newerFields = readNewerFields(join(root, 'proto/newer-fields.txt'))

/** Messages that translate writes, and so need a typed codec. */
const typedRoots = readFileSync(join(root, 'proto/typed-roots.txt'), 'utf8')
  .split('\n')
  .filter((l) => l && !l.startsWith('#'))

/** Whole folders whose messages users may write as raw Envoy configuration: known to reflection, not to the typed code. */
const rawRootFolders = ['envoy/config', 'envoy/extensions', 'envoy/service', 'envoy/data', 'envoy/type', 'envoy/watchdog']

/** Files of those folders that can't be read because the dev dependencies lack what they import. */
const lacking = /opencensus|io\/prometheus/

function locate(path: string): string | undefined {
  return sources.map((s) => join(s, path)).find((p) => existsSync(p))
}

const importsOf = (text: string) => [...text.matchAll(/^import\s+(?:public\s+|weak\s+)?"([^"]+)"/gm)].map((m) => m[1] as string)

function read(path: string): string {
  const file = locate(path)
  if (!file) throw new Error(`${path}: no such proto in ${sources.map((s) => relative(root, s)).join(', ')}`)
  const text = readFileSync(file, 'utf8').replaceAll('\r', '')
  return withNewerFields(path, text, newerFields)
}

function closure(roots: Iterable<string>): Map<string, string> {
  const seen = new Map<string, string>()
  const visit = (path: string) => {
    if (seen.has(path) || path.startsWith('google/protobuf/')) return
    const text = read(path)
    seen.set(path, text)
    importsOf(text).forEach(visit)
  }
  for (const r of roots) visit(r)
  return seen
}

function* protosBelow(source: string, folder: string): Generator<string> {
  const dir = join(source, folder)
  if (!existsSync(dir)) return
  for (const name of readdirSync(dir).sort()) {
    const path = `${folder}/${name}`
    if (statSync(join(source, path)).isDirectory()) yield* protosBelow(source, path)
    else if (name.endsWith('.proto') && /\/v3\//.test(path)) yield path
  }
}

/** v3 files that can be read whole: everything they import, directly or not, is here. */
function readableRoots(): string[] {
  const all = new Set(rawRootFolders.flatMap((f) => sources.flatMap((s) => [...protosBelow(s, f)])))
  const memo = new Map<string, boolean>()
  const readable = (path: string): boolean => {
    if (path.startsWith('google/protobuf/')) return true
    const known = memo.get(path)
    if (known !== undefined) return known
    memo.set(path, true)
    const ok = !lacking.test(path) && locate(path) !== undefined && importsOf(read(path)).every(readable)
    memo.set(path, ok)
    return ok
  }
  return [...all].filter(readable)
}

function write(path: string, text: string) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

function generateTyped(files: Map<string, string>) {
  rmSync(stage, { recursive: true, force: true })
  for (const [path, text] of files) write(join(stage, path), text)
  write(join(stage, 'buf.yaml'), 'version: v2\n')
  // grpc-js-xds carries copies of google/api annotations only; buf brings the well-known types itself.
  const bin = join(root, 'node_modules/.bin')
  execFileSync(join(bin, 'buf'), ['generate', stage, '--template', join(root, 'proto/buf.gen.yaml'), '-o', fresh], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}`, BUF_CACHE_DIR: join(root, '.cache/buf') },
  })
}

/** The descriptor as text: parsing JSON text is several times as fast as evaluating the same object as code. */
function generateDescriptor(files: Map<string, string>) {
  const descriptor = descriptorOf(files.values(), join(root, 'node_modules/protobufjs'))
  const text = JSON.stringify(JSON.stringify(descriptor))
  write(
    join(fresh, 'src/gen/descriptor.ts'),
    `/** Descriptor of every Envoy message that can be read here, as JSON text. */\nexport const descriptor: string =\n  ${text}\n`,
  )
}

const typed = closure(typedRoots)
const raw = closure(new Set([...typedRoots, ...readableRoots()]))
const inputs = createHash('sha256')
for (const [path, text] of [...raw].sort()) inputs.update(path).update(text)
for (const f of [
  'scripts/generate.ts',
  'scripts/descriptor.ts',
  'scripts/newer-fields.ts',
  'proto/buf.gen.yaml',
  'proto/typed-roots.txt',
  'package-lock.json',
])
  inputs.update(readFileSync(join(root, f)))
const digest = inputs.digest('hex')

if (existsSync(join(out, stamp)) && readFileSync(join(out, stamp), 'utf8') === digest) {
  console.log('src/gen is up to date')
} else {
  rmSync(fresh, { recursive: true, force: true })
  generateTyped(typed)
  generateDescriptor(raw)
  write(join(fresh, 'src/gen', stamp), digest)
  // Swapped in whole: a run that is stopped half way leaves what was there.
  rmSync(out, { recursive: true, force: true })
  renameSync(join(fresh, 'src/gen'), out)
  console.log(`src/gen: ${typed.size} files with typed codecs, ${raw.size} known to reflection`)
}
