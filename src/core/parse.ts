import { type Envelope, type EnvelopeFault, openEnvelope } from './envelope.js'
import { goQuote } from './go.js'
import type { Issue, Position } from './issue.js'
import type { Registry } from './kind.js'
import { type Refusal, badRequest, refuse } from './refusal.js'
import { type Resource, type ResourceKey, deepFreeze } from './resource.js'
import { type CheckOptions, checkSpec } from './schema/check.js'
import { isRecord } from './schema/decode.js'
import { type PathSegment, pathSegments, pathText } from './schema/path.js'
import { checkLabels } from './validate/labels.js'
import { checkIdentifier, checkMeshName } from './validate/names.js'
import { collect } from './validate/violations.js'
import { type TextDocument, type TextLimits, readDocuments } from './yaml.js'

export interface ParseOptions extends CheckOptions, TextLimits {}

/** What became of one resource in a text: it was parsed, or it was refused. */
export type ParsedItem = Outcome & {
  readonly issues: readonly Issue[]
  /** Where it begins. */
  readonly position?: Position
  /** Where a field of it stands in the text, or the deepest part of its path that is there. */
  readonly locate?: (path: string) => Position | undefined
}

type Outcome = { readonly resource: Resource; readonly refusal?: undefined } | { readonly resource?: undefined; readonly refusal: Refusal }

export interface ParseResult {
  /** Those that are valid, deeply frozen, in the order of the text. */
  readonly resources: readonly Resource[]
  /** Everything that was noticed. A resource with an issue of level `error` is not among the resources. */
  readonly issues: readonly Issue[]
  /** One by one, in the order of the text, the refused ones too. */
  readonly items: readonly ParsedItem[]
}

/**
 * Reads YAML or JSON, one or many documents, in the Universal form (`type: ...`) or the Kubernetes form (`apiVersion`, `kind`,
 * `metadata`, `spec`). Never throws for what the text says: a document is a whole resource or none.
 */
export function parse(text: string, registry: Registry, options: ParseOptions = {}): ParseResult {
  const items = readDocuments(text, options).flatMap((document) => parseDocument(document, registry, options))
  return result(items)
}

/** Reads resources that are decoded already, such as a request's body. What is handed in stays as it is and is never frozen. */
export function parseObject(value: unknown, registry: Registry, options: ParseOptions = {}): ParseResult {
  const { maxDepth = 100 } = options
  if (deeperThan(value, maxDepth)) {
    const fault = { level: 'error', code: 'too-deep', path: '', message: `lists and maps are nested more than ${maxDepth} deep` } as const
    return result([{ refusal: badRequest({ type: '', name: '' }, fault.message), issues: [fault] }])
  }
  return result(membersOf(value).map(({ value: member }) => parseOne(member, registry, options, () => undefined)))
}

function result(items: readonly ParsedItem[]): ParseResult {
  return {
    resources: items.flatMap(({ resource }) => resource ?? []),
    issues: items.flatMap(({ issues }) => issues),
    items,
  }
}

function parseDocument(document: TextDocument, registry: Registry, options: ParseOptions): ParsedItem[] {
  const faults = document.faults.map(
    ({ level, code, message, path = [], position }): Issue => ({ level, code, path: pathText(path), message, position }),
  )
  const fatal = faults.find((fault) => fault.level === 'error')
  if (fatal) return [{ refusal: badRequest({ type: '', name: '' }, fatal.message), issues: faults, position: fatal.position }]
  return membersOf(document.value).map(({ value, path }, index) => {
    const item = parseOne(value, registry, options, (inner) => document.locate([...path, ...inner]))
    return index === 0 ? { ...item, issues: [...faults, ...item.issues] } : item
  })
}

/** A list stands for what it holds: a Kubernetes List, an answer of the API, a plain array. */
function membersOf(value: unknown): { readonly value: unknown; readonly path: readonly PathSegment[] }[] {
  if (Array.isArray(value)) return value.map((member: unknown, index) => ({ value: member, path: [index] }))
  if (!isRecord(value) || !Array.isArray(value['items']) || value['type'] !== undefined) return [{ value, path: [] }]
  if (value['kind'] !== undefined && !/List$/.test(String(value['kind']))) return [{ value, path: [] }]
  return value['items'].map((member: unknown, index) => ({ value: member, path: ['items', index] }))
}

function parseOne(
  value: unknown,
  registry: Registry,
  options: ParseOptions,
  locate: (path: readonly PathSegment[]) => Position | undefined,
): ParsedItem {
  const opened = openEnvelope(value, registry)
  const position = locate([])
  if ('fault' in opened) return { ...refusedEnvelope(opened.fault, locate), position }
  const { envelope } = opened
  const key: ResourceKey = { type: envelope.kind.type, ...(envelope.mesh !== undefined && { mesh: envelope.mesh }), name: envelope.name }
  const locateField = (path: string) => locate(envelope.place(pathSegments(path)))
  const place = (issue: Issue): Issue => ({ ...issue, resource: key, position: locateField(issue.path) })
  const checked = checkSpec(envelope.kind, envelope.spec, { name: key.name, mesh: key.mesh, labels: envelope.labels }, options)
  const outside = outsideIssues(envelope, options)
  const meta = metaViolations(envelope)
  const broken = meta.map(({ path, message }): Issue => ({ level: 'error', code: 'invalid-value', path, message }))
  const issues = [
    ...[...checked.issues, ...broken].map(place),
    ...outside.map((issue): Issue => ({ ...issue, resource: key, position: locate([issue.path]) })),
  ]
  const refusal = refusalOf(key, envelope, checked.fault, outside, meta)
  if (refusal) return { refusal, issues, position }
  return { resource: deepFreeze(assemble(key, envelope, checked.spec)), issues, position, locate: locateField }
}

function refusedEnvelope(
  fault: EnvelopeFault,
  locate: (path: readonly PathSegment[]) => Position | undefined,
): Omit<ParsedItem & { refusal: Refusal }, 'resource'> {
  const detail = fault.code === 'wrong-type' ? `invalid ${fault.key.type} object: ${goQuote(fault.detail)}` : fault.detail
  const issue: Issue = {
    level: 'error',
    code: fault.code,
    path: pathText(fault.path),
    message: fault.message,
    ...(fault.key.type !== '' && { resource: fault.key }),
    position: locate(fault.path),
  }
  return { refusal: badRequest(fault.key, detail), issues: [issue] }
}

/** The peer looks at a resource in steps, and tells only of the first one that something is wrong with. */
function refusalOf(
  key: ResourceKey,
  envelope: Envelope,
  fault: ReturnType<typeof checkSpec>['fault'],
  outside: readonly Issue[],
  meta: readonly { path: string; message: string }[],
): Refusal | undefined {
  if (fault?.type === 'undecodable') return badRequest(key, `invalid ${envelope.kind.type} object: ${goQuote(fault.detail)}`)
  if (fault && !fault.late) return refuse(key, fault.violations)
  const strict = outside.filter((issue) => issue.level === 'error')
  if (strict.length > 0 || meta.length > 0)
    return refuse(
      key,
      [...strict, ...meta].map(({ path, message }) => ({ path, message })),
    )
  return fault && refuse(key, fault.violations, 'Failed to create a resource')
}

function outsideIssues(envelope: Envelope, { strict }: CheckOptions): Issue[] {
  return envelope.unknown.map(({ name, nearest }) => ({
    level: strict ? 'error' : 'warning',
    code: 'unknown-field',
    path: name,
    message: `unknown field${strict ? '' : ', left out'}${nearest ? `; did you mean ${nearest}?` : ''}`,
  }))
}

function metaViolations({ kind, name, mesh, labels }: Envelope) {
  const root = collect()
  checkLabels(root.field('labels'), labels)
  checkIdentifier(root.field('name'), name)
  if (kind.scope === 'Mesh') checkMeshName(root.field('mesh'), mesh ?? '')
  return root.violations
}

function assemble(key: ResourceKey, envelope: Envelope, spec: unknown): Resource {
  const { labels, creationTime, modificationTime, status } = envelope
  return {
    ...key,
    labels,
    ...(creationTime !== undefined && { creationTime }),
    ...(modificationTime !== undefined && { modificationTime }),
    spec,
    ...(status !== undefined && { status: structuredClone(status) }),
  }
}

/** Without recursion: the depth is what is in doubt; a value that holds itself is deeper than any limit. */
function deeperThan(root: unknown, maxDepth: number): boolean {
  let level: unknown[] = [root]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return true
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
  return false
}
