/** Tells what a change of a mesh will do before it is made. Pure: it runs in browsers. */
export { type PlanOptions, plan } from './plan.js'
export { type EnvoyChange, type Impact, type Meaning, type Plan, type ProxyPlan, type ResourceChange, impacts, worst } from './result.js'
export type { FieldChange } from './field-changes.js'
