import type * as z from 'zod'
import type { Issue } from '../issue.js'
import type { Encoding, Kind, RawFault, ValidationContext, Violation } from '../kind.js'
import { modernSelectors } from '../older/tags.js'
import { type Notice, decode, prune } from './decode.js'
import { decodeStage } from './openapi.js'
import { type PathSegment, pathText } from './path.js'
import { type Shape, defaultOf, shapeOf, traitsOf, unwrap } from './traits.js'

const schemas = /* @__PURE__ */ new WeakMap<object, z.ZodType>()

/** The kind's schema, built at its first use. */
export function schemaOf<Spec>(kind: Kind<Spec>): z.ZodType<Spec> {
  let schema = schemas.get(kind)
  if (!schema) {
    schema = kind.schema()
    schemas.set(kind, schema)
  }
  return schema as z.ZodType<Spec>
}

export interface CheckOptions {
  /** Refuse unknown fields instead of dropping them with a warning. Default: false. */
  readonly strict?: boolean
  /** Judges raw Envoy configuration. Default: it is taken as it is. */
  readonly rawFault?: RawFault
}

/** Why a spec is refused: it can't be decoded (the decoder's sentence), or it breaks rules. */
export type Fault =
  | { readonly type: 'undecodable'; readonly detail: string }
  | {
      readonly type: 'rules'
      readonly violations: readonly Violation[]
      /** The rules need the resource's name or labels, which the peer looks at only when it stores the resource. */
      readonly late?: boolean
    }

export interface Checked<Spec = unknown> {
  /** In canonical form; absent when something is at fault. */
  readonly spec?: Spec
  readonly fault?: Fault
  /** Everything that was noticed, errors and warnings, paths below the resource. */
  readonly issues: readonly Issue[]
}

/**
 * Takes a decoded spec through a kind: older spelling to today's, canonical form, shape, rules.
 * @param raw JSON as decoded; never changed
 */
export function checkSpec<Spec>(kind: Kind<Spec>, raw: unknown, context: ValidationContext, options: CheckOptions = {}): Checked<Spec> {
  const issues: Issue[] = []
  const root: readonly PathSegment[] = kind.encoding === 'openapi' ? ['spec'] : []
  const modern = modernise(kind, raw, (issue) => issues.push(issue))
  const schema = schemaOf(kind)
  const strictFaults: Violation[] = []
  const value = decode(schema, modern, (notice) => {
    const issue = issueOf(notice, root, options)
    issues.push(issue)
    if (issue.level === 'error') strictFaults.push({ path: issue.path, message: issue.message })
  })
  const result = schema.safeParse(value)
  if (!result.success) {
    for (const found of result.error.issues) issues.push(shapeIssue(found, schema, value, root))
    return { fault: shapeFault(kind.encoding, result.error.issues, root), issues }
  }
  const spec = value as Spec
  const { rawFault } = options
  const early = kind.validate?.(spec, { name: '', labels: {}, rawFault }) ?? []
  const all = kind.validate?.(spec, { rawFault, ...context }) ?? []
  for (const { path, message } of all) issues.push({ level: 'error', code: 'invalid-value', path, message })
  const violations = [...strictFaults, ...early]
  if (violations.length > 0) return { fault: { type: 'rules', violations }, issues }
  if (all.length > 0) return { fault: { type: 'rules', violations: all, late: true }, issues }
  return { spec: prune(schema, spec), issues }
}

function modernise(kind: Pick<Kind, 'modernise' | 'policy'>, raw: unknown, report: (issue: Issue) => void): unknown {
  const own = kind.modernise ? kind.modernise(raw, report) : raw
  const { matching } = kind.policy ?? {}
  return matching === 'sourceDestination' || matching === 'selectors' ? modernSelectors(own, report) : own
}

function issueOf(notice: Notice, root: readonly PathSegment[], { strict }: CheckOptions): Issue {
  const path = pathText([...root, ...notice.path])
  if (notice.code === 'unsafe-key') return { level: 'error', code: notice.code, path, message: 'this name can not be used' }
  if (notice.code === 'oneof-conflict') {
    return { level: 'warning', code: notice.code, path, message: `is ignored: only one of them counts, and ${notice.kept} is set too` }
  }
  const hint = notice.nearest ? `did you mean ${notice.nearest}?` : `known here: ${notice.known.join(', ')}`
  return { level: strict ? 'error' : 'warning', code: notice.code, path, message: `unknown field, ${strict ? '' : 'left out; '}${hint}` }
}

const isDecodeStage = (issue: z.core.$ZodIssue) => issue.code === 'custom' && issue.params?.['stage'] === decodeStage.stage

/** The peer reports the first thing that its decoder trips over, but all that its OpenAPI check finds. */
function shapeFault(encoding: Encoding, found: readonly z.core.$ZodIssue[], root: readonly PathSegment[]): Fault {
  const shape = encoding === 'openapi' ? found.filter((issue) => !isDecodeStage(issue)) : []
  const first = found[0]
  if (shape.length === 0) return { type: 'undecodable', detail: first?.message ?? '' }
  return {
    type: 'rules',
    violations: shape.map(({ path, message }) => {
      const text = pathText([...root, ...(path as PathSegment[])])
      return path.length === 0 ? { path: '', message: `${text} ${message}` } : { path: text, message }
    }),
  }
}

function shapeIssue(issue: z.core.$ZodIssue, schema: z.core.$ZodType, value: unknown, root: readonly PathSegment[]): Issue {
  const path = issue.path as readonly PathSegment[]
  const text = pathText([...root, ...path])
  const found = valueAt(value, path)
  if (found === undefined) return { level: 'error', code: 'missing-field', path: text, message: `is required: ${expectedAt(schema, path)}` }
  const limit =
    issue.message.startsWith('in body should') && !issue.message.includes('one of') ? issue.message.slice('in body '.length) : ''
  const expected = expectedAt(schema, path)
  const quote = expected.startsWith('a text') && typeof found !== 'object' ? '; write it in quotes' : ''
  const message = limit === '' ? `expected ${expected}, found ${shown(found)}${quote}` : `${limit}, found ${shown(found)}`
  return { level: 'error', code: 'wrong-type', path: text, message }
}

function valueAt(value: unknown, path: readonly PathSegment[]): unknown {
  let current = value
  for (const segment of path) current = (current as Record<PathSegment, unknown> | undefined)?.[segment]
  return current
}

function expectedAt(schema: z.core.$ZodType, path: readonly PathSegment[]): string {
  let current: z.core.$ZodType | undefined = schema
  for (const segment of path) {
    if (!current) break
    const shape: Shape = shapeOf(unwrap(current))
    current = shape.type === 'object' ? shape.fields[segment] : shape.type === 'leaf' ? undefined : shape.items
  }
  if (!current) return 'something else'
  const fallback = defaultOf(current)
  return `${traitsOf(unwrap(current)).expected ?? 'something else'}${fallback === undefined ? '' : ` (default ${JSON.stringify(fallback)})`}`
}

/** A value for a message: whole when it is short, else what kind of thing it is. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}..."` : text
}
