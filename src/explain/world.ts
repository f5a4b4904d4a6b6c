import { type Resource, keyOf } from '../core/resource.js'
import { type Fleet, type FleetChange, type FleetOptions, type ProxyKey, createFleet } from '../translate/fleet.js'
import type { ProxyOptions, Translation } from '../translate/translate.js'
import { type Change, changesBetween } from './align.js'
import { type Document, documentOf } from './document.js'

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
export function createWorld({ resources: given, proxy, options = {}, fleet: fleetOptions = {} }: ExplainInput): World {
  const resources = [...given]
  const args: Arguments = { zone: 'default', ...options, ...(fleetOptions.zone !== undefined && { zone: fleetOptions.zone }) }
  const first = createFleet(resources, fleetOptions)
  const translation = first.translate(proxy, options)
  const document = documentOf(translation.snapshot)
  // Virtual addresses stay what they are, as in a control plane, which keeps them: only real consequences are to show.
  const known = proxy.mesh === undefined ? undefined : first.mesh(proxy.mesh)?.vipAddresses
  const steady: FleetOptions = { vips: known && new Map([[proxy.mesh!, known]]), ...fleetOptions }
  const base = known?.size ? createFleet(resources, steady) : first
  const own = resources.find(({ type, mesh, name }) => name === proxy.name && mesh === proxy.mesh && isProxy(type, proxy))!
  const answers = new Map<string, Effect | undefined>()
  const once = (key: string, ask: () => Effect | undefined): Effect | undefined => {
    if (!answers.has(key)) answers.set(key, ask())
    return answers.get(key)
  }
  const effect = (translate: () => Translation, renamed = false): Effect | undefined => {
    try {
      return changesBetween(document, documentOf(translate().snapshot), { renamed })
    } catch {
      // Resources that no control plane would admit may break what admitted ones can't.
      return undefined
    }
  }
  const after = (changes: readonly FleetChange[], renamed?: boolean) =>
    effect(() => base.apply(changes).fleet.translate(proxy, options), renamed)
  return {
    proxy,
    own,
    resources,
    translation,
    document,
    arguments: args,
    fleet: first,
    without: (gone) =>
      once(`- ${gone.map(keyOf).join('\n')}`, () =>
        after(gone.map(({ type, mesh, name }) => ({ op: 'delete', key: { type, mesh, name } }))),
      ),
    having: (changed, key, { renamed } = {}) =>
      once(`+ ${changed.map(keyOf).join('\n')} ${key}`, () =>
        after(
          changed.map((resource) => ({ op: 'put', resource })),
          renamed,
        ),
      ),
    given: ({ zone, ...changed }, key) =>
      once(`? ${key}`, () =>
        effect(() => (zone === args.zone ? base : createFleet(resources, { ...steady, zone })).translate(proxy, changed), true),
      ),
    less(gone) {
      const names = new Set(gone.map(keyOf))
      return createWorld({
        resources: resources.filter((resource) => !names.has(keyOf(resource))),
        proxy,
        options,
        fleet: steady,
      })
    },
  }
}

function isProxy(type: string, proxy: ProxyKey): boolean {
  if (proxy.mesh !== undefined) return type === 'Dataplane'
  return proxy.type === undefined ? type === 'ZoneIngress' || type === 'ZoneEgress' : type === proxy.type
}
