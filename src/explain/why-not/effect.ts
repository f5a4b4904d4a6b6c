import { type Resource, keyOf } from '../../core/resource.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import { disturbance } from '../relevant.js'
import { isPolicy } from '../source.js'
import { type World, createWorld } from '../world.js'
import type { PolicySpec } from '../../translate/rules/index.js'
import type { ConnectionSpec } from '../../translate/source-destination.js'
import { refText } from './entries.js'
import type { Failed } from './failed.js'
import { selectorsText } from './source-destination.js'

/** How many leaf fields read otherwise, or aren't there, without the policy or with another conf in it. */
export function fieldsOf(world: World, policy: Resource): number {
  const gone = world.without([policy])
  return new Set([...(gone?.keys() ?? []), ...(disturbance(world, [policy])?.keys() ?? [])]).size
}

/**
 * Why a policy that selects a proxy changes nothing there: tries what would let it act.
 * @param stronger the policy that the matcher prefers, where it says so
 */
export function whyNoEffect(world: World, policy: Resource, stronger: Resource | undefined): Failed {
  const wanted = `${policy.type} ${policy.name}`
  const mtls = {
    predicate: 'mtls',
    path: '',
    wanted: `${wanted} needs mTLS`,
    found: `mesh ${world.proxy.mesh} has no mtls.enabledBackend`,
  } as const
  const route = {
    predicate: 'traffic-route',
    path: '',
    wanted: `${wanted} needs a TrafficRoute`,
    found: 'no TrafficRoute routes the connections of the proxy',
  } as const
  if (acts(secured(world), policy)) return mtls
  const rival = stronger ?? rivalOf(world, policy)
  if (rival)
    return { predicate: 'overridden', path: '', wanted, found: `all of it is overridden by ${rival.type} ${rival.name}${aimOf(rival)}` }
  if (acts(routed(world), policy)) return route
  const others = rivals(world, policy)
  const alone = world.less(others)
  const kinds = [...new Set(others.map(({ type }) => type))].join(', ')
  if (acts(alone, policy))
    return { predicate: 'overridden', path: '', wanted, found: `all of it is overridden by policies of the kinds ${kinds}` }
  if (acts(routed(alone), policy)) return route
  if (acts(secured(routed(alone)), policy)) return mtls
  return { predicate: 'nothing-concerned', path: '', wanted, found: unconcerned }
}

/** Whom a policy is for, where it says so. */
function aimOf({ spec }: Resource): string {
  const { targetRef, sources, destinations } = spec as PolicySpec & ConnectionSpec
  if (targetRef) return `, with targetRef ${refText(targetRef)}`
  return sources && destinations ? `, from ${selectorsText(sources)} to ${selectorsText(destinations)}` : ''
}

const acts = (world: World | undefined, policy: Resource): boolean => world !== undefined && fieldsOf(world, policy) > 0

const unconcerned =
  'no field of the proxy depends on it: its protocols lack what the policy sets, or the defaults of other kinds come after it'

/** The other policies of the mesh. */
function rivals(world: World, policy: Resource): Resource[] {
  return world.resources.filter((resource) => resource.mesh === policy.mesh && resource !== policy && isPolicy(resource.type))
}

/** Policies without which it would act: one that is enough by itself, else the first of a kind that is. */
function rivalOf(world: World, policy: Resource): Resource | undefined {
  const enough = (group: readonly Resource[]) => group.length > 0 && acts(world.less(group), policy)
  const others = rivals(world, policy)
  const types = [...new Set([policy.type, ...others.map(({ type }) => type)])]
  for (const type of types) {
    const group = others.filter((other) => other.type === type)
    if (enough(group)) return group.find((rival) => enough([rival])) ?? group[0]
  }
  return undefined
}

/** With mTLS; `undefined` where there is some already. */
function secured(world: World | undefined): World | undefined {
  const mesh = world?.resources.find(({ type, name }) => type === 'Mesh' && name === world.proxy.mesh) as Resource<MeshSpec> | undefined
  if (!world || !mesh || mesh.spec.mtls?.enabledBackend) return undefined
  const mtls = { enabledBackend: 'any', backends: [{ name: 'any', type: 'builtin' }] }
  return worldWith(world, { ...mesh, spec: { ...mesh.spec, mtls } })
}

/** With a TrafficRoute for everything; `undefined` where there is one already. */
function routed(world: World): World | undefined {
  const { mesh } = world.proxy
  if (world.resources.some((resource) => resource.type === 'TrafficRoute' && resource.mesh === mesh)) return undefined
  const everything = [{ match: { 'kuma.io/service': '*' } }]
  const spec = { sources: everything, destinations: everything, conf: { destination: { 'kuma.io/service': '*' } } }
  return worldWith(world, { type: 'TrafficRoute', mesh, name: 'any', labels: {}, spec })
}

function worldWith(world: World, resource: Resource): World | undefined {
  const { zone, ...options } = world.arguments
  const resources = [...world.resources.filter((other) => keyOf(other) !== keyOf(resource)), resource]
  try {
    return createWorld({ resources, proxy: world.proxy, options, fleet: { zone } })
  } catch {
    return undefined
  }
}
