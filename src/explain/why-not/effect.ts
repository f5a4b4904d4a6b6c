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
  if (withMtls(world, (other) => acts(other, policy)))
    return { predicate: 'mtls', path: '', wanted: `${wanted} needs mTLS`, found: `mesh ${world.proxy.mesh} has no mtls.enabledBackend` }
  const rival = stronger ?? rivalOf(world, policy)
  if (rival)
    return { predicate: 'overridden', path: '', wanted, found: `all of it is overridden by ${rival.type} ${rival.name}${aimOf(rival)}` }
  if (acts(withRoute(world), policy))
    return {
      predicate: 'traffic-route',
      path: '',
      wanted: `${wanted} needs a TrafficRoute`,
      found: 'no TrafficRoute routes the connections of the proxy',
    }
  return { predicate: 'nothing-concerned', path: '', wanted, found: 'nothing in the configuration of the proxy depends on it' }
}

/** Whom a policy is for, where it says so. */
function aimOf({ spec }: Resource): string {
  const { targetRef, sources, destinations } = spec as PolicySpec & ConnectionSpec
  if (targetRef) return `, with targetRef ${refText(targetRef)}`
  return sources && destinations ? `, from ${selectorsText(sources)} to ${selectorsText(destinations)}` : ''
}

const acts = (world: World | undefined, policy: Resource): boolean => world !== undefined && fieldsOf(world, policy) > 0

/** Policies without which it would act: one that is enough by itself, else the first of its kind. */
function rivalOf(world: World, policy: Resource): Resource | undefined {
  const others = world.resources.filter((resource) => resource.mesh === policy.mesh && resource !== policy && isPolicy(resource.type))
  const sameKind = others.filter(({ type }) => type === policy.type)
  const enough = (rivals: readonly Resource[]) => rivals.length > 0 && acts(world.less(rivals), policy)
  if (enough(sameKind)) return sameKind.find((rival) => enough([rival])) ?? sameKind[0]
  return [...new Set(others.map(({ type }) => type))]
    .filter((type) => type !== policy.type)
    .map((type) => others.filter((other) => other.type === type))
    .find(enough)?.[0]
}

function withMtls(world: World, holds: (world: World) => boolean): boolean {
  const mesh = world.resources.find(({ type, name }) => type === 'Mesh' && name === world.proxy.mesh) as Resource<MeshSpec> | undefined
  if (!mesh || mesh.spec.mtls?.enabledBackend) return false
  const secured = { ...mesh, spec: { ...mesh.spec, mtls: { enabledBackend: 'any', backends: [{ name: 'any', type: 'builtin' }] } } }
  const other = worldWith(world, secured)
  return other !== undefined && holds(other)
}

function withRoute(world: World): World | undefined {
  const everything = [{ match: { 'kuma.io/service': '*' } }]
  const spec = { sources: everything, destinations: everything, conf: { destination: { 'kuma.io/service': '*' } } }
  return worldWith(world, { type: 'TrafficRoute', mesh: world.proxy.mesh, name: 'any', labels: {}, spec })
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
