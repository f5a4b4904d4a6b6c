import { readFileSync, readdirSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import { applyAll } from '../core/apply.js'
import { parse } from '../core/parse.js'
import type { Resource } from '../core/resource.js'
import { type SnapshotJson, placeholderIdentity, rawCodec, rawFault, snapshotJson } from '../protojson/index.js'
import { type SimulatedRequest, type Simulation, createSimulator } from '../simulate/index.js'
import { type Fleet, type ProxyKey, createFleet } from '../translate/fleet.js'
import { registry } from '../translate/kinds.js'

/** A mesh as a control plane would hold it, to ask questions of. */
export interface TestMesh {
  readonly resources: readonly Resource[]
  readonly fleet: Fleet
  /** What would become of a request. */
  simulate(request: SimulatedRequest): Simulation
  /** What each proxy gets, as JSON, by `<mesh>/<name>`; keys masked. And what could not be built. */
  translated(): { readonly proxies: { readonly [proxy: string]: SnapshotJson }; readonly issues: readonly object[] }
}

/** A text of resources and what it is called in messages. */
export interface MeshSource {
  readonly name?: string
  readonly text: string
}

/**
 * Files and folders with resources, applied in their order to a fresh control plane. Of a folder, its YAML and JSON files by name.
 * @throws Error that says what a control plane would refuse, with file and line
 */
export function meshFrom(...paths: readonly string[]): TestMesh {
  return meshOf(...paths.flatMap(filesAt).map((path) => ({ name: path, text: readFileSync(path, 'utf8') })))
}

function filesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .filter((file) => ['.yaml', '.yml', '.json'].includes(extname(file).toLowerCase()))
    .map((file) => join(path, file))
}

/**
 * The same of texts.
 * @throws Error that says what a control plane would refuse
 */
export function meshOf(...sources: readonly (string | MeshSource)[]): TestMesh {
  const parsed = sources.map((source) => {
    const { name, text } = typeof source === 'string' ? { name: undefined, text: source } : source
    return parse(text, registry, { file: name, rawFault })
  })
  const { resources, refusals } = applyAll(
    parsed.flatMap(({ items }) => items),
    { registry },
  )
  const wrong = refusals.map(({ resource, detail, violations }) => {
    const faults = violations.map(({ path, message }) => `\n    ${path}: ${message}`)
    return `  ${resource.type} ${resource.name}: ${detail}${faults.join('')}`
  })
  if (wrong.length > 0) throw new Error(`a control plane would refuse ${wrong.length} resource(s):\n${wrong.join('\n')}`)
  return testMesh(resources)
}

function testMesh(resources: readonly Resource[]): TestMesh {
  const fleet = createFleet(resources)
  const simulator = createSimulator(fleet, { proxyOptions: () => ({ rawCodec }) })
  return {
    resources,
    fleet,
    simulate: (request) => simulator.simulate(request),
    translated() {
      const identity = placeholderIdentity(resources.filter(({ type }) => type === 'Mesh').map(({ name }) => name))
      const all = fleet
        .proxies()
        .map((proxy) => ({ key: textOf(proxy), ...fleet.translate(proxy, { identity, workloadIdentity: identity, rawCodec }) }))
      return {
        proxies: Object.fromEntries(all.map(({ key, snapshot }) => [key, snapshotJson(snapshot)])),
        issues: all.flatMap(({ key, issues }) => issues.map(({ level, path, message }) => ({ proxy: key, level, path, message }))),
      }
    },
  }
}

const textOf = ({ mesh = '', name }: ProxyKey) => `${mesh}/${name}`
