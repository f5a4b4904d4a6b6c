/**
 * The rule engine: which targetRef policies concern a proxy, which of them wins where, and what their confs amount to. Pure.
 *
 *     const rules = createMeshRules(mesh)                          // once a mesh; `mesh` has a name and `resourcesOf(type)`
 *     const timeouts = rules.of<TimeoutConf>(meshTimeoutKind, dataplane)
 *
 *     timeouts.to.forResource('kri_msvc_default_east__orders_http')?.confs[0]   // a port of a real service: section, service, mesh
 *     timeouts.to.forService('orders', { version: 'v1' })?.conf                 // a destination by `kuma.io/service`
 *     timeouts.to.exactly('kri_mhttpr_default_east__orders-api_')               // what policies say of a route
 *     timeouts.inbound.catchAll({ address: '10.0.0.1', port: 8080 })?.conf      // what holds for all traffic of an inbound
 *     timeouts.inbound.forListener(inbound)                                     // every rule, with its match
 *     permissions.from.forListener(inbound)                                     // by tags of the client; undefined: none selects it
 *     traces.single?.conf                                                       // kinds with one conf a proxy
 *     routes.gateway.forHostname(listener, 'api.example.com').forService('*')   // what leaves by a listener of a built-in gateway
 *
 * What a kind has (`to`, `from`, `rules`) and how its confs merge stands in its `PolicyTraits`. Confs are frozen; every rule
 * carries the policies and list entries that it was made of, the strongest last.
 */
export { type MeshRules, createMeshRules } from './mesh-rules.js'
export type { PolicyKind } from './kind-rules.js'
export { type PolicyReach, policyReach, proxyKeys } from './policy-index.js'
export { type Policy, topLevelOf } from './policy-spec.js'
export { mergeConfs } from './merge.js'
export { type MatchedRules, type ToRules, toIssues } from './matched-rules.js'
export type { Match, Origin, PolicySpec } from './policy-spec.js'
export type { InboundRule } from './inbound.js'
export type { SubsetRule } from './subset-rules.js'
export type { Subset } from './subsets.js'
export { matchesHashTag } from './to.js'
export type { ListenerAddress, ProxyShape, ProxySpec } from './proxy-shape.js'
export { selectGateway } from './select-gateway.js'
export { matchesHash } from './matches-hash.js'
export { kriOf, parseKri, withoutSection } from './kri.js'
export { rulesReport } from './rules-report.js'
