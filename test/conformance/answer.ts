import { type RefusedResource, applyOffline, refusedResources, translateOffline } from '../../src/cmd/offline.js'
import type { Kind } from '../../src/core/kind.js'
import type { Resource } from '../../src/core/resource.js'
import { universalView } from '../../src/server/api/view.js'
import { createFleet } from '../../src/translate/fleet.js'
import { registry } from '../../src/translate/kinds.js'
import { policies } from '../../src/translate/policies/index.js'
import { type ProxySpec, rulesReport } from '../../src/translate/rules/index.js'
import type { ConformanceCase, Json, JsonObject } from './cases.js'
import type { Check } from './run.js'

/** What we say to a case, in the shape of its expectation. */
export type Answer = { readonly [C in Check]?: Json }

/** The code of the two offline commands, asked about the case. */
export function answerOf({ input, metadata, name, snapshots, resources, rules }: ConformanceCase, wanted: readonly Check[]): Answer {
  const files = [{ name: `${name}.yaml`, text: input }]
  const state = wanted.includes('snapshots') ? translateOffline(files, { metadata }) : { ...applyOffline(files), proxies: {} }
  const answer: { readonly [C in Check]?: () => unknown } = {
    snapshots: () => byProxy(state.proxies, Object.keys(snapshots)),
    refusal: () => firstRefusal(refusedResources(state)),
    rules: () => rulesOf(state.resources, Object.keys(rules)),
    resources: () =>
      storedByName(
        state.resources.map((resource) => universalView(registry, registry.byType(resource.type) as Kind, resource)),
        resources,
      ),
  }
  return Object.fromEntries(wanted.flatMap((check) => (answer[check] ? [[check, plain(answer[check]())]] : [])))
}

/** The corpus names proxies without their mesh. */
function byProxy(proxies: { readonly [key: string]: unknown }, expected: readonly string[]): object {
  const named = Object.entries(proxies).map(([key, snapshot]) => [key.slice(key.indexOf('/') + 1), snapshot])
  return Object.fromEntries(named.filter(([name]) => expected.includes(name as string)))
}

/** What the inspect endpoint `_rules` says of each proxy. */
function rulesOf(resources: readonly Resource[], proxies: readonly string[]): object {
  const fleet = createFleet(resources)
  const kinds = policies.map(({ kind }) => kind).filter(({ policy }) => policy?.matching === 'targetRef')
  const dataplanes = resources.filter(({ type, name }) => type === 'Dataplane' && proxies.includes(name)) as Resource<ProxySpec>[]
  return Object.fromEntries(
    dataplanes.flatMap((dataplane) => {
      const context = fleet.mesh(dataplane.mesh ?? '')
      return context ? [[dataplane.name, rulesReport(context.rules, kinds, context.mesh, dataplane)]] : []
    }),
  )
}

/** The corpus stopped at the first refusal. */
function firstRefusal(refused: readonly RefusedResource[]): unknown {
  const [first] = refused
  if (!first) return {}
  const { status, body, ...resource } = first
  return { resource, status, body }
}

/** Resources of the meshes that the case is about: the mesh `default` stands beside them. Times differ from run to run. */
export function storedByName(resources: readonly object[], ofMeshes: readonly JsonObject[]): object {
  const meshes = new Set(ofMeshes.map(({ type, mesh, name }) => (type === 'Mesh' ? name : mesh)))
  const own = (resources as readonly JsonObject[]).filter(({ type, mesh, name }) => meshes.has(type === 'Mesh' ? name : mesh))
  return Object.fromEntries(
    own.map(({ creationTime: _created, modificationTime: _modified, ...resource }) => [
      `${resource['type']}/${resource['name']}`,
      resource,
    ]),
  )
}

/** As it would be written to JSON: nothing undefined. */
const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json
