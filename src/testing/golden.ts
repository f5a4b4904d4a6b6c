import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { applyAll } from '../core/apply.js'
import type { Registry } from '../core/kind.js'
import { parse } from '../core/parse.js'
import { type SnapshotJson, placeholderIdentity, rawCodec, rawFault, snapshotJson } from '../protojson/index.js'
import { createFleet } from '../translate/fleet.js'
import { registry } from '../translate/kinds.js'
import { type GoldenAnswer, goldenAnswer, rewriteAnswer, storedAnswer } from './golden-files.js'

/** A question, `input.yaml`, and its answers beside it: one file an xDS type, empty ones absent. */
export interface GoldenCase {
  /** `<policy>/<case>` */
  readonly name: string
  readonly folder: string
}

const questions = ['input.yaml', 'metadata.yaml']

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
  return goldenAnswer(proxies, issues)
}

/** The answers of a case as they are written down. */
export function storedGolden({ folder }: GoldenCase): GoldenAnswer {
  return storedAnswer(folder, questions)
}

/** Writes the answers down. Gives the names of the files that changed or went. */
export function rewriteGolden(golden: GoldenCase): string[] {
  return rewriteAnswer(golden.folder, answerGolden(golden), questions)
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
