import type { Resource } from '../../core/resource.js'
import type { Tags } from '../tags.js'
import type { EgressRules } from './egress.js'
import { type KindRules, type PolicyKind, createKindRules } from './kind-rules.js'
import { kriOf } from './kri.js'
import type { MatchedRules, ToRules } from './matched-rules.js'
import { createPolicyIndex } from './policy-index.js'
import type { Policy } from './policy-spec.js'
import { type ProxyShape, type ProxySpec, proxyShape } from './proxy-shape.js'
import { type ResourceSource, createResourceIndex } from './resource-index.js'
import type { GatewaySpec } from './select-gateway.js'
import { serviceKinds } from '../services.js'

export interface MeshRules {
  /** Equal for proxies of which the same parts are selected by the same policies of these kinds. */
  selection(kinds: readonly PolicyKind[], dataplane: Resource<ProxySpec>): string
  /** A proxy as policies see it. */
  shapeOf(dataplane: Resource<ProxySpec>): ProxyShape
  /** What the policies of a kind say to a proxy of the mesh. */
  of<Conf = unknown>(kind: PolicyKind, dataplane: Resource<ProxySpec>): MatchedRules<Conf>
  /** Whether a policy (shadow ones too) concerns a proxy, or a part of it. */
  selects(policy: Policy, dataplane: Resource<ProxySpec>): boolean
  /** What the policies of a kind say of real resources at a zone egress, which serves every client. */
  atEgress<Conf = unknown>(kind: PolicyKind): ToRules<Conf>
  /** What the policies of a kind say at a zone egress of an ExternalService with these tags. */
  ofExternalService<Conf = unknown>(kind: PolicyKind, tags: Tags): EgressRules<Conf>
}

export interface MeshRulesOptions {
  /** Whether policies with label `kuma.io/effect: shadow` count. Default: no. */
  readonly includeShadow?: boolean
}

/** What the rules of a mesh were before, and the types of which resources have changed since. */
export interface FormerRules {
  readonly rules: MeshRules
  readonly types: ReadonlySet<string>
}

/** What the parts of rules that outlive a change are made of. */
interface Parts {
  readonly shapes: WeakMap<Resource, ProxyShape>
  readonly kinds: ReadonlyMap<string, KindRules>
}

const partsOf = new WeakMap<MeshRules, Parts>()

/** Kinds that entries of policies name: what they come to depends on the resources there are. */
const targets = ['Mesh', 'MeshHTTPRoute', ...Object.keys(serviceKinds)]

/** Parts that no change concerns. Apart from what uses them, so that rules don't hold on to all that were before. */
function keptParts(former: FormerRules | undefined): { readonly shapes: Parts['shapes']; readonly kinds: Map<string, KindRules> } {
  const before = former && partsOf.get(former.rules)
  if (!before) return { shapes: new WeakMap(), kinds: new Map() }
  const changed = (type: string) => former.types.has(type)
  return {
    shapes: changed('MeshGateway') ? new WeakMap() : before.shapes,
    kinds: new Map(targets.some(changed) ? [] : [...before.kinds].filter(([type]) => !changed(type))),
  }
}

/** The rule engine of one mesh. Each kind's policies are indexed when first asked for. */
export function createMeshRules(source: ResourceSource, { includeShadow = false }: MeshRulesOptions = {}, former?: FormerRules): MeshRules {
  const resources = createResourceIndex(source)
  const mesh = source.resourcesOf('Mesh').find(({ name }) => name === source.name)
  const { shapes, kinds } = keptParts(former)
  const shapeOf = (dataplane: Resource<ProxySpec>): ProxyShape => {
    const shape = shapes.get(dataplane) ?? proxyShape(dataplane, source.resourcesOf<GatewaySpec>('MeshGateway'))
    shapes.set(dataplane, shape)
    return shape
  }
  const policiesOf = (type: string) => source.resourcesOf(type) as readonly Policy[]
  const rulesOf = (kind: PolicyKind): KindRules => {
    let rules = kinds.get(kind.type)
    if (!rules) {
      const index = createPolicyIndex(policiesOf(kind.type), policiesOf('MeshHTTPRoute'), includeShadow)
      rules = createKindRules(kind, index, resources, mesh ? kriOf(mesh, 'm') : '')
      kinds.set(kind.type, rules)
    }
    return rules
  }
  const rules: MeshRules = {
    selection: (of, dataplane) =>
      of.map((kind) => (policiesOf(kind.type).length > 0 ? rulesOf(kind).selection(shapeOf(dataplane)) : '')).join(';'),
    shapeOf,
    of: <Conf>(kind: PolicyKind, dataplane: Resource<ProxySpec>) => rulesOf(kind).match(shapeOf(dataplane)) as MatchedRules<Conf>,
    selects: (policy, dataplane) =>
      createPolicyIndex([policy], policiesOf('MeshHTTPRoute'), true).match(shapeOf(dataplane)).policies.length > 0,
    atEgress: <Conf>(kind: PolicyKind) => rulesOf(kind).egressTo as ToRules<Conf>,
    ofExternalService: <Conf>(kind: PolicyKind, tags: Tags) => rulesOf(kind).egress(tags) as EgressRules<Conf>,
  }
  partsOf.set(rules, { shapes, kinds })
  return rules
}
