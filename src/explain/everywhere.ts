import { type Resource, type ResourceKey, keyOf } from '../core/resource.js'
import { mayConcern } from '../translate/concerned.js'
import type { FleetOptions, ProxyKey } from '../translate/fleet.js'
import type { ProxyOptions } from '../translate/translate.js'
import { type Known, likenessOf, retold } from './alike.js'
import { type MeshState, createMeshState, meshOf } from './mesh-state.js'
import { type PolicyOnProxy, policyOnProxy } from './policy-effect.js'
import { type World, worldIn } from './world.js'

/** A mesh, and the proxies that are asked about. */
export interface EverywhereInput {
  /** Every resource of the mesh, and the global ones; other meshes may be among them. */
  readonly resources: Iterable<Resource>
  /** Default: all proxies of the policy's mesh, and the zone proxies. */
  readonly proxies?: Iterable<ProxyKey>
  /** What a proxy is translated with. */
  readonly optionsOf?: (proxy: ProxyKey) => ProxyOptions
  readonly fleet?: FleetOptions
}

/**
 * What one policy does on each proxy. Proxies that are alike are found out about once, and those that the policy can't matter to
 * not at all: it takes as long as there are kinds of proxies that it is for.
 * @throws KumaError `unknown-mesh`, `unknown-proxy`
 */
export function explainPolicyEverywhere(input: EverywhereInput, key: ResourceKey): PolicyOnProxy[] {
  const { fleet = {}, optionsOf = () => ({}) } = input
  const resources = [...input.resources]
  const states = new Map<string | undefined, MeshState>()
  function stateOf(mesh: string | undefined): MeshState {
    const state = states.get(mesh) ?? createMeshState(resources, mesh, fleet)
    states.set(mesh, state)
    return state
  }
  const policy = resources.find((resource) => keyOf(resource) === keyOf(key))
  const ask = createQuestion(policy)
  return [...(input.proxies ?? everybody(stateOf(key.mesh), key))].map((proxy) => {
    const state = stateOf(proxy.mesh)
    const own = state.own(proxy)
    if (own && !(policy && mayConcern(meshOf(state.fleet, proxy), policy, own))) return { proxy, sets: [], overridden: [] }
    const answer = ask(worldIn(state, proxy, { zone: fleet.zone ?? 'default', ...optionsOf(proxy) }))
    state.fleet.forget(proxy)
    return answer
  })
}

function everybody({ fleet }: MeshState, { mesh }: ResourceKey): ProxyKey[] {
  return fleet.proxies().filter((proxy) => proxy.mesh === undefined || proxy.mesh === mesh)
}

/** Asks about one proxy after the other, and goes by what it knows of those that are alike. */
function createQuestion(policy: Resource | undefined): (world: World) => PolicyOnProxy {
  const known = new Map<string, Known>()
  return (world) => {
    const nothing = { proxy: world.proxy, sets: [], overridden: [] }
    if (!policy) return nothing
    const mesh = meshOf(world.fleet, world.proxy)
    const likeness = mesh && likenessOf(mesh, world)
    const like = likeness === undefined ? undefined : known.get(likeness)
    const told = like && retold(like, world, policy)
    if (told) return told
    const answer = policyOnProxy(world, policy)
    if (likeness !== undefined && !like) known.set(likeness, { world: { own: world.own, arguments: world.arguments }, answer })
    return answer
  }
}
