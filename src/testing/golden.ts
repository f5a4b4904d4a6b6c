import { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseYaml, stringify } from 'yaml'
import { applyAll } from '../core/apply.js'
import type { Registry } from '../core/kind.js'
import { parse } from '../core/parse.js'
import { type SnapshotJson, placeholderIdentity, rawCodec, rawFault, snapshotJson } from '../protojson/index.js'
import { createFleet } from '../translate/fleet.js'
import { registry } from '../translate/kinds.js'

/** A question, `input.yaml`, and its answers beside it: one file an xDS type, empty ones absent. */
export interface GoldenCase {
  /** `<policy>/<case>` */
  readonly name: string
  readonly folder: string
}

/** Files that answer a case, by their names. */
export type GoldenAnswer = ReadonlyMap<string, string>

const questions = ['input.yaml', 'metadata.yaml']
const types = ['listeners', 'clusters', 'routes', 'endpoints', 'secrets'] as const

const foldersIn = (path: string) =>
  existsSync(path)
    ? readdirSync(path)
        .filter((name) => statSync(join(path, name)).isDirectory())
        .sort()
    : []

/** The cases below a folder, which holds a folder a policy with a folder a case. */
export function goldenCases(root: string): GoldenCase[] {
  return foldersIn(root).flatMap((policy) =>
    foldersIn(join(root, policy)).map((name) => ({ name: `${policy}/${name}`, folder: join(root, policy, name) })),
  )
}

/** What each proxy of a case gets, as JSON; and what was noticed on the way. */
export function translateGolden({ folder }: GoldenCase): {
  readonly proxies: { readonly [proxy: string]: SnapshotJson }
  readonly issues: readonly object[]
} {
  const metadata: Record<string, Record<string, unknown>> = existsSync(join(folder, 'metadata.yaml'))
    ? parseYaml(readFileSync(join(folder, 'metadata.yaml'), 'utf8'))
    : {}
  const parsed = parse(readFileSync(join(folder, 'input.yaml'), 'utf8'), registry, { rawFault })
  const { resources, refusals } = applyAll(parsed.items, { registry, defaultMesh: false })
  const fleet = createFleet(resources)
  const identity = placeholderIdentity(resources.filter(({ type }) => type === 'Mesh').map(({ name }) => name))
  const translated = fleet.proxies().map((proxy) => ({
    proxy: proxy.name,
    ...fleet.translate(proxy, { metadata: metadata[proxy.name], identity, workloadIdentity: identity, rawCodec }),
  }))
  return {
    proxies: Object.fromEntries(translated.map(({ proxy, snapshot }) => [proxy, snapshotJson(snapshot)])),
    issues: [
      ...parsed.issues.map(({ level, path, message }) => ({ level, path, message })),
      ...refusals.map(({ resource, detail, violations }) => ({ refused: `${resource.type}/${resource.name}`, detail, violations })),
      ...translated.flatMap(({ proxy, issues }) => issues.map(({ level, path, message }) => ({ proxy, level, path, message }))),
    ],
  }
}

/** The answers of a case as they are now. */
export function answerGolden(golden: GoldenCase): GoldenAnswer {
  const { proxies, issues } = translateGolden(golden)
  const files = types.map((type) => {
    const having = Object.entries(proxies).flatMap(([proxy, snapshot]) => (snapshot[type] ? [[proxy, snapshot[type]]] : []))
    return [`${type}.yaml`, having.length > 0 ? yaml(Object.fromEntries(having)) : ''] as const
  })
  return new Map([...files, ['issues.yaml', issues.length > 0 ? yaml(issues) : ''] as const].filter(([, text]) => text !== ''))
}

const yaml = (value: unknown) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })

/** The answers of a case as they are written down. */
export function storedGolden({ folder }: GoldenCase): GoldenAnswer {
  const files = readdirSync(folder).filter((file) => !questions.includes(file))
  return new Map(files.sort().map((file) => [file, readFileSync(join(folder, file), 'utf8')]))
}

/** Writes the answers down. Gives the names of the files that changed or went. */
export function rewriteGolden(golden: GoldenCase): string[] {
  const [answer, stored] = [answerGolden(golden), storedGolden(golden)]
  const changed = [...answer].filter(([file, text]) => stored.get(file) !== text).map(([file]) => file)
  const gone = [...stored.keys()].filter((file) => !answer.has(file))
  for (const file of changed) writeFileSync(join(golden.folder, file), answer.get(file) ?? '')
  for (const file of gone) rmSync(join(golden.folder, file), { recursive: true })
  return [...changed, ...gone]
}

/**
 * What is wrong with the folders: a case that asks nothing or does not say what it proves, a folder that is of no kind, a
 * kind of policy without a case.
 */
export function goldenFaults(root: string, { kinds }: Registry = registry): string[] {
  const cases = goldenCases(root)
  const policies = foldersIn(root)
  const stray = policies.filter((policy) => !kinds.some(({ type }) => folderOf(type) === policy))
  const missing = kinds.filter(({ type, policy }) => policy && !cases.some(({ name }) => name.startsWith(`${folderOf(type)}/`)))
  return [
    ...stray.map((policy) => `${policy}: there is no such kind`),
    ...missing.map(({ type }) => `${type} has no golden: add ${folderOf(type)}/<case>/input.yaml`),
    ...cases.flatMap(({ name, folder }) => questionFaults(folder).map((fault) => `${name}: ${fault}`)),
    ...policies.flatMap((policy) =>
      readdirSync(join(root, policy))
        .filter((file) => !statSync(join(root, policy, file)).isDirectory())
        .map((file) => `${policy}/${file}: belongs to no case`),
    ),
  ]
}

function questionFaults(folder: string): string[] {
  const input = join(folder, 'input.yaml')
  if (!existsSync(input)) return ['there is no input.yaml']
  return /^# \S.{15,}\n/.test(readFileSync(input, 'utf8'))
    ? []
    : ['the first line of input.yaml has to be a comment that says what the case proves']
}

/** `MeshHTTPRoute` -> `mesh-http-route` */
export function folderOf(type: string): string {
  return type
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
}
