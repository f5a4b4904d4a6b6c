/**
 * `@kuma/core/explain`: where each field of Envoy's configuration comes from, what a policy does to each proxy, and why a
 * policy doesn't apply. Pure; an entry of its own because it reads configuration with descriptors of the whole Envoy API.
 */
export {
  type ExplainQuery,
  type ExplainedField,
  type Explanation,
  type Overridden,
  explain,
  explainPolicy,
} from './explain.js'
export { type EverywhereInput, explainPolicyEverywhere } from './everywhere.js'
export type { Json, Leaf } from './document.js'
export type { MergeStep } from './merge-step.js'
export type { Origin } from './origin.js'
export type { LostField, PolicyOnProxy, SetField } from './policy-effect.js'
export type { FieldProvenance, Provenance } from './provenance.js'
export { type ExplainedTranslation, translateWithProvenance } from './translated.js'
export type { ExplainInput } from './world.js'
export type { Failed } from './why-not/failed.js'
export { type WhyNot, whyNot } from './why-not/why-not.js'
