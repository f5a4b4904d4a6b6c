/**
 * How the shape of a kind is written. Schemas are zod's, made by two sets of builders, one an encoding, so that decoding and
 * messages are the peer's. `z.infer` gives the type of the canonical spec: durations are text, enums are names.
 *
 * A proto kind (spec fields at the top level). Fields stand in the proto file's order; all are optional; a scalar that is zero
 * counts as not set, so read `spec.conf?.port ?? 0`. Wrappers (`p.uint32Value()` for UInt32Value and so on) keep zero:
 *
 *     export const timeoutSchema = () =>
 *       p.message({
 *         sources: p.list(selector()), // core/kinds/selector.ts
 *         destinations: p.list(selector()),
 *         conf: p.message(
 *           { connectTimeout: p.duration(), weight: p.uint32Value(), mode: p.enumeration('kuma.mesh.v1alpha1.X.Mode', ['OFF', 'ON']) },
 *           { snake: ['connectTimeout'], oneofs: [['exact', 'prefix']] }, // fields that the proto file writes connect_timeout
 *         ),
 *       })
 *     export type TimeoutSpec = z.infer<ReturnType<typeof timeoutSchema>>
 *
 *     export const Timeout = defineKind<TimeoutSpec>({
 *       type: 'Timeout',
 *       plural: 'timeouts',
 *       displayName: { singular: 'Timeout', plural: 'Timeouts' },
 *       scope: 'Mesh',
 *       encoding: 'proto',
 *       policy: { matching: 'sourceDestination' },
 *       includeInFederation: true,
 *       schema: timeoutSchema,
 *       validate(spec) {
 *         const root = collect() // core/validate/violations.ts
 *         checkSelectors(root.field('sources'), spec.sources, { requireSelector: true, requireTag: true })
 *         if (!spec.conf) root.field('conf').add('has to be defined')
 *         return root.violations
 *       },
 *     })
 *
 * An OpenAPI kind (spec fields below `spec`). Fields are required unless `.optional()` or `.default(value)` says otherwise. What
 * the peer's OpenAPI schema says (required, enum, minimum, minItems ...) goes into the builders: all such failures are
 * collected, and only when there are none `validate` runs, with paths that start at `spec`:
 *
 *     export const meshRetrySchema = () =>
 *       o.object({
 *         targetRef: targetRef().optional(), // core/target-ref.ts
 *         to: o.list(targeted(conf().optional())).optional(),
 *       })
 *
 *     validate(spec, { labels }) {
 *       const root = collect('spec')
 *       checkTargetRef(root.field('targetRef'), spec.targetRef, { kinds: ['Mesh', 'Dataplane'], inbound: affectsInbounds(spec) })
 *       for (const [i, to] of (spec.to ?? []).entries()) checkConf(root.field('to').index(i).field('default'), to.default)
 *       return root.violations
 *     }
 *
 * Shared pieces: `core/target-ref.ts` (targetRef, backendRef, match), `core/validate/` (tags and selectors, ports, URLs, addresses;
 * `numbers.ts`: numbers, percentages and durations in the words of the targetRef family; `spiffe.ts`).
 */
export * as p from './proto.js'
export * as o from './openapi.js'
export { checkSpec } from './check.js'
