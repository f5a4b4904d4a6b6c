import { KumaError } from '../../core/errors.js'
import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import { type Resource, type ResourceKey, keyOf } from '../../core/resource.js'
import { newProxyDraft } from '../../translate/draft.js'
import type { ProxyKey } from '../../translate/fleet.js'
import { readNodeMetadata } from '../../translate/node-metadata.js'
import { registry } from '../../translate/kinds.js'
import { policies } from '../../translate/policies/index.js'
import type { ProxyContext } from '../../translate/proxy.js'
import type { Policy } from '../../translate/rules/policy-spec.js'
import { type ProxySpec, proxyShape } from '../../translate/rules/proxy-shape.js'
import type { GatewaySpec } from '../../translate/rules/select-gateway.js'
import { dataplanePolicy } from '../../translate/source-destination.js'
import { proxyContext } from '../../translate/translate.js'
import { type ExplainInput, type World, createWorld } from '../world.js'
import { fieldsOf, whyNoEffect } from './effect.js'
import { whyNotCovered } from './entries.js'
import { type Failed, failedText } from './failed.js'
import { strongerPolicy, whyNotByConnections, whyNotBySelectors } from './source-destination.js'
import { otherMesh, whyNotSelected } from './target-ref.js'

export interface WhyNot {
  readonly policy: ResourceKey
  readonly proxy: ProxyKey
  /**
   * `applies`: fields of the proxy depend on it. `not-selected`: the policy isn't meant for this proxy. `no-effect`: it is, and
   * nothing follows.
   */
  readonly verdict: 'applies' | 'not-selected' | 'no-effect'
  /** The first condition that isn't met; absent where the policy applies. */
  readonly failed?: Failed
  /** One line: what was compared, or how many fields depend on the policy. */
  readonly message: string
  /** How many leaf fields of the proxy's configuration depend on it. */
  readonly fields: number
}

/**
 * Why a policy applies to a proxy, or doesn't: the first condition that isn't met, with the values compared.
 * @param key a policy among the resources
 * @throws KumaError `not-found` when there is no such resource, `unknown-kind` when it is no policy, and what
 *   `translateWithProvenance` throws
 */
export function whyNot(input: ExplainInput, key: ResourceKey): WhyNot {
  const world = createWorld(input)
  const policy = world.resources.find((resource) => keyOf(resource) === keyOf(key))
  if (!policy) throw new KumaError('not-found', `there is no ${key.type} "${key.name}" in mesh "${key.mesh ?? ''}"`)
  const known = knownPolicy(policy)
  if (!known) throw new KumaError('unknown-kind', `${key.type} is no policy`)
  const fields = fieldsOf(world, policy)
  const { type, mesh, name } = policy
  const answer = { policy: { type, ...(mesh !== undefined && { mesh }), name }, proxy: world.proxy, fields }
  // Routes of gateways select sites of a gateway, which are more than its tags: that fields depend on one says enough.
  const unselected = fields > 0 && !policies.some(({ kind }) => kind === known.kind) ? undefined : notSelected(world, policy, known)
  if (unselected) return { ...answer, verdict: 'not-selected', failed: unselected, message: failedText(unselected) }
  if (fields > 0)
    return {
      ...answer,
      verdict: 'applies',
      message: `${fields === 1 ? '1 field of the proxy depends' : `${fields} fields of the proxy depend`} on it`,
    }
  const failed = noEffect(world, policy, known)
  return { ...answer, verdict: 'no-effect', failed, message: failedText(failed) }
}

type Known = Pick<(typeof policies)[number], 'kind' | 'slots' | 'readsTagsHeader'>

/** A policy with slots of its own, or a kind that is matched like one (MeshGatewayRoute). */
function knownPolicy({ type }: Resource): Known | undefined {
  const kind = registry.byType(type)
  return policies.find((known) => known.kind.type === type) ?? (kind?.policy && { kind, slots: {} })
}

function notSelected(world: World, policy: Resource, { kind, slots }: Known): Failed | undefined {
  if (world.proxy.mesh === undefined) return undefined
  if (policy.mesh !== world.proxy.mesh) return otherMesh(policy as Policy, { resource: world.own as Resource<ProxySpec> })
  const proxy = contextOf(world)
  if (kind.policy?.matching === 'selectors') return whyNotBySelectors(policy, proxy)
  if (kind.policy?.matching === 'sourceDestination') return whyNotByConnections(policy, slots, proxy)
  const shape = proxyShape(world.own as Resource<ProxySpec>, proxy.mesh.resourcesOf<GatewaySpec>('MeshGateway'))
  return whyNotSelected(policy as Policy, proxy.mesh.resourcesOf('MeshHTTPRoute') as readonly Policy[], shape)
}

function noEffect(world: World, policy: Resource, { kind, slots, readsTagsHeader }: Known): Failed {
  if (world.proxy.mesh === undefined) return whyNoEffect(world, policy, undefined)
  const proxy = contextOf(world)
  if (kind.policy?.matching === 'targetRef') return whyNotCovered(policy as Policy, kind, proxy) ?? whyNoEffect(world, policy, undefined)
  const all = proxy.mesh.resourcesOf(policy.type)
  const stronger = kind.policy?.matching === 'selectors' ? dataplanePolicy(all as readonly Resource<object>[], proxy) : undefined
  if (stronger) return whyNoEffect(world, policy, stronger === policy ? undefined : stronger)
  // Kinds that tell callers by the header with their tags hold several policies at once.
  return whyNoEffect(world, policy, readsTagsHeader ? undefined : strongerPolicy(policy, all, proxy, slots))
}

function contextOf({ fleet, own, arguments: options }: World): ProxyContext {
  const dataplane = own as Resource<DataplaneSpec>
  return proxyContext(fleet.mesh(own.mesh!)!, dataplane, readNodeMetadata(options.metadata), options, newProxyDraft())
}
