import {
  type CST,
  Composer,
  type Document,
  LineCounter,
  type Node,
  Parser,
  type ScalarTag,
  type Tags,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
} from 'yaml'
import type { Position } from './issue.js'
import type { PathSegment } from './schema/path.js'

/** What keeps hostile or mistaken texts from costing more than their worth. */
export interface TextLimits {
  /** Longest text, in characters. Default: 10 MiB. */
  readonly maxLength?: number
  /** Deepest nesting of lists and maps. Default: 100. */
  readonly maxDepth?: number
  /** Name of the text in positions. */
  readonly file?: string
}

/** One document of a text: its value, or what is wrong with it. */
export interface TextDocument {
  readonly value?: unknown
  readonly faults: readonly TextFault[]
  /** Where the deepest part of a path stands that is there. */
  locate(path: readonly PathSegment[]): Position | undefined
}

export interface TextFault {
  readonly code: 'invalid-yaml' | 'duplicate-key' | 'too-large' | 'too-deep' | 'alias-bomb' | 'unknown-alias'
  readonly level: 'error' | 'warning'
  readonly message: string
  /** Of the field that it is about, where there is one. */
  readonly path?: readonly PathSegment[]
  readonly position?: Position
}

const defaultMaxLength = 10 * 1024 * 1024
const defaultMaxDepth = 100

/** How many values aliases may unfold beyond what a text of the same length could hold written out. */
const aliasAllowance = 100_000

/** Reads YAML or JSON, one or many documents. Empty documents are left out. Never throws. */
export function readDocuments(text: string, limits: TextLimits = {}): TextDocument[] {
  const { maxLength = defaultMaxLength, maxDepth = defaultMaxDepth, file } = limits
  if (text.length > maxLength) {
    const message = `the text has ${text.length} characters; at most ${maxLength} are read`
    return [failed({ code: 'too-large', level: 'error', message, position: at(file, 1, 1) })]
  }
  const lines = new LineCounter()
  const position = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return at(file, line, col)
  }
  const tokens = [...new Parser(lines.addNewLine).parse(text)]
  const deep = tokens.map((token) => tooDeep(token, maxDepth)).find((offset) => offset !== undefined)
  if (deep !== undefined) {
    return [
      failed({
        code: 'too-deep',
        level: 'error',
        message: `lists and maps are nested more than ${maxDepth} deep`,
        position: position(deep),
      }),
    ]
  }
  const budget = { left: aliasAllowance + text.length }
  return [...new Composer(yamlOptions).compose(tokens, false, text.length)]
    .filter((document) => document.errors.length > 0 || !isEmpty(document.contents))
    .map((document) => readDocument(document as Document.Parsed, position, budget))
}

/*
 * YAML 1.1 in the main: `yes` and `on` are booleans, `<<` merges. But there are no times of day and no dates, so that `10000:59`
 * stays text, and a lone `y` or `n` is a letter.
 */
const yamlOptions = { version: '1.1' as const, prettyErrors: false, customTags }

const isEmpty = (contents: unknown) => contents === null || (isScalar(contents) && contents.value === null)

const otherwise = /:(bool|timestamp|binary|set|omap|pairs)$/

function customTags(tags: Tags): Tags {
  const kept = tags.filter((tag) => typeof tag === 'string' || !(('format' in tag && tag.format === 'TIME') || otherwise.test(tag.tag)))
  return [...kept, boolean(true, /^([Yy]es|YES|[Tt]rue|TRUE|[Oo]n|ON)$/), boolean(false, /^([Nn]o|NO|[Ff]alse|FALSE|[Oo]ff|OFF)$/)]
}

const boolean = (value: boolean, test: RegExp): ScalarTag => ({ tag: 'tag:yaml.org,2002:bool', default: true, test, resolve: () => value })

const at = (file: string | undefined, line: number, column: number): Position =>
  file === undefined ? { line, column } : { file, line, column }

function failed(...faults: readonly TextFault[]): TextDocument {
  return { faults, locate: () => faults[0]?.position }
}

function readDocument(document: Document.Parsed, position: (offset: number) => Position, budget: { left: number }): TextDocument {
  const locate = (path: readonly PathSegment[]) => position(offsetOf(document, path))
  const faults: TextFault[] = document.errors.map(({ code, message, pos }) => ({
    code: code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'invalid-yaml',
    level: 'error',
    message: code === 'DUPLICATE_KEY' ? 'the key stands here a second time; each may stand once' : message,
    ...(code === 'DUPLICATE_KEY' && { path: pathAt(document.contents, pos[0]) }),
    position: position(pos[0]),
  }))
  if (faults.length > 0) return { faults, locate }
  for (const { message, pos } of document.warnings) {
    faults.push({ code: 'invalid-yaml', level: 'warning', message, position: position(pos[0]) })
  }
  const fault = aliasFault(document, position, budget)
  if (fault) return { faults: [...faults, fault], locate }
  return { value: document.toJS({ maxAliasCount: -1 }), faults, locate }
}

/** Offset of the first token that is nested too deep. Without recursion: the depth is what is in doubt. */
function tooDeep(root: CST.Token, maxDepth: number): number | undefined {
  const stack: { token: CST.Token; depth: number }[] = [{ token: root, depth: 0 }]
  for (let entry = stack.pop(); entry; entry = stack.pop()) {
    const { token, depth } = entry
    if (depth > maxDepth) return token.offset
    if (token.type === 'document' && token.value) stack.push({ token: token.value, depth })
    if (token.type !== 'block-map' && token.type !== 'block-seq' && token.type !== 'flow-collection') continue
    for (const { key, value } of token.items) {
      for (const inner of [key, value]) if (inner) stack.push({ token: inner, depth: depth + 1 })
    }
  }
  return undefined
}

/** Counts what the document holds once its aliases are written out: each anchor once, so that this costs nothing itself. */
function aliasFault(document: Document.Parsed, position: (offset: number) => Position, budget: { left: number }): TextFault | undefined {
  const sizes = new Map<string, number>()
  const collections = new Set<string>()
  const open = new Set<string>()
  let fault: TextFault | undefined
  const fail = (code: TextFault['code'], message: string, node: Node) => {
    fault ??= { code, level: 'error', message, position: position(node.range?.[0] ?? 0) }
    return 0
  }
  const sizeOf = (node: unknown): number => {
    if (isPair(node)) {
      const { key } = node
      if (isCollection(key) || (isAlias(key) && collections.has(key.source)))
        fail('invalid-yaml', 'a key is a text, not a list or map', key)
      return sizeOf(key) + sizeOf(node.value)
    }
    if (isAlias(node)) {
      if (open.has(node.source)) return fail('alias-bomb', `the alias *${node.source} stands inside of what it stands for`, node)
      return sizes.get(node.source) ?? fail('unknown-alias', `there is no anchor &${node.source} before this alias`, node)
    }
    if (!isScalar(node) && !isCollection(node)) return 0
    if (isScalar(node) && typeof node.value === 'number' && !Number.isFinite(node.value))
      fail('invalid-yaml', 'is no number that JSON has', node)
    const { anchor } = node
    if (anchor) open.add(anchor)
    const size = isCollection(node) ? node.items.reduce<number>((sum, item) => sum + sizeOf(item), 1) : 1
    if (anchor) {
      open.delete(anchor)
      sizes.set(anchor, size)
      if (isCollection(node)) collections.add(anchor)
    }
    return size
  }
  const size = sizeOf(document.contents)
  const most = budget.left
  budget.left -= size
  if (!fault && budget.left < 0) {
    return {
      code: 'alias-bomb',
      level: 'error',
      message: `written out, the aliases of this document make it ${size} values long; at most ${most} are read`,
      position: position(document.range[0]),
    }
  }
  return fault
}

function offsetOf(document: Document.Parsed, path: readonly PathSegment[]): number {
  let node: unknown = document.contents
  let offset = (document.contents as Node | null)?.range?.[0] ?? 0
  for (const segment of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isSeq(node)) {
      node = node.items[Number(segment)]
      offset = (node as Node | undefined)?.range?.[0] ?? offset
    } else if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment))
      offset = (pair?.key as Node | undefined)?.range?.[0] ?? offset
      node = pair?.value
    }
    if (!node) break
  }
  return offset
}

/** The path of the key or the member that begins at an offset. */
function pathAt(node: unknown, offset: number): PathSegment[] {
  const holds = (inner: unknown) => {
    const range = (inner as Node | null | undefined)?.range
    return range ? range[0] <= offset && offset < range[2] : false
  }
  if (isSeq(node)) {
    const index = node.items.findIndex(holds)
    return index < 0 ? [] : [index, ...pathAt(node.items[index], offset)]
  }
  if (!isMap(node)) return []
  const pair = node.items.find(({ key, value }) => holds(key) || holds(value))
  return pair && isScalar(pair.key) ? [String(pair.key.value), ...pathAt(pair.value, offset)] : []
}
