import type { Resource } from '../core/resource.js'
import type { Fleet, FleetOptions, ProxyKey } from '../translate/fleet.js'
import type { ProxyOptions, Translation } from '../translate/translate.js'
import { type Change, changesBetween } from './align.js'
import { type Document, documentOf } from './document.js'
import { type MeshState, createMeshState, deletions, namesOf, unlessBroken } from './mesh-state.js'

/** Everything that shapes the configuration of one proxy. */
export interface ExplainInput {
  /** Every resource of the mesh, and the global ones; other meshes may be among them. */
  readonly resources: Iterable<Resource>
  readonly proxy: ProxyKey
  /** What the proxy is translated with. */
  readonly options?: ProxyOptions
  readonly fleet?: FleetOptions
}

/** What isn't a resource and yet shapes the configuration: certificates, node metadata, the zone. */
export interface Arguments extends ProxyOptions {
  readonly zone: string
}

/** Changes of leaf fields by their paths. */
export type Effect = ReadonlyMap<string, Change>

/** One proxy's configuration, and what it would be if something were otherwise. Each question is answered once. */
export interface World {
  readonly proxy: ProxyKey
  /** The proxy's own resource. */
  readonly own: Resource
  readonly resources: readonly Resource[]
  readonly translation: Translation
  readonly document: Document
  readonly arguments: Arguments
  readonly fleet: Fleet
  /** What changes when resources are taken away. `undefined`: there would be no configuration at all. */
  without(resources: readonly Resource[]): Effect | undefined
  /** What changes when resources are replaced by others of the same name. `key` tells one question from another. */
  having(resources: readonly Resource[], key: string, options?: { readonly renamed?: boolean }): Effect | undefined
  /** What changes when the arguments are others. */
  given(changed: Arguments, key: string): Effect | undefined
  /** The world without some of its resources. */
  less(resources: readonly Resource[]): World
}

/**
 * @throws KumaError `unknown-mesh`, `unknown-proxy`
 */
export function createWorld({ resources, proxy, options = {}, fleet = {} }: ExplainInput): World {
  const args: Arguments = { zone: 'default', ...options, ...(fleet.zone !== undefined && { zone: fleet.zone }) }
  return worldIn(createMeshState(resources, proxy.mesh, fleet), proxy, args)
}

/**
 * The world of one proxy in a state that others may be asked about, too.
 * @throws KumaError `unknown-mesh`, `unknown-proxy`
 */
export function worldIn(state: MeshState, proxy: ProxyKey, args: Arguments): World {
  const { zone: ownZone, ...options } = args
  const translation = state.fleet.translate(proxy, options)
  const { snapshot } = translation
  const document = documentOf(snapshot)
  const own = state.own(proxy)!
  const answers = new Map<string, Effect | undefined>()
  function effect(key: string, fleetOf: () => Fleet | undefined, { renamed = false, asked = options } = {}): Effect | undefined {
    if (!answers.has(key)) answers.set(key, changesIn(fleetOf(), asked, renamed))
    return answers.get(key)
  }
  function changesIn(fleet: Fleet | undefined, asked: ProxyOptions, renamed: boolean): Effect | undefined {
    const other = fleet && unlessBroken(() => fleet.translate(proxy, asked).snapshot)
    if (fleet?.has(proxy)) fleet.forget(proxy)
    return other && changesBetween(document, documentOf(other, { snapshot, document }), { renamed })
  }
  return {
    proxy,
    own,
    resources: state.resources,
    translation,
    document,
    arguments: args,
    fleet: state.fleet,
    without(gone) {
      const key = `- ${namesOf(gone)}`
      return effect(key, () => state.after(deletions(gone), key))
    },
    having(changed, question, { renamed } = {}) {
      const key = `+ ${namesOf(changed)} ${question}`
      const puts = changed.map((resource) => ({ op: 'put', resource }) as const)
      return effect(key, () => state.after(puts, key), { renamed })
    },
    given: ({ zone, ...changed }, key) =>
      effect(`? ${key}`, () => (zone === ownZone ? state.after([], '') : state.inZone(zone)), { renamed: true, asked: changed }),
    less: (gone) => worldIn(state.less(gone), proxy, args),
  }
}
