import { goQuote } from '../go.js'

/*
 * The part of Go's text/template that host names, ports and identities are written in: text with `{{ .field }}` and
 * `{{ label "key" }}`.
 */

type Operand = { readonly field: string } | { readonly literal: string } | { readonly call: 'label'; readonly argument: string }
type Action = Operand & { readonly source: string; readonly line: number; readonly column: number }
type Piece = { readonly text: string } | Action

export type Parsed = { readonly ok: true; readonly pieces: readonly Piece[] } | { readonly ok: false; readonly message: string }
export type Evaluated = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string }

/** What a template is filled in from. */
export interface TemplateData {
  /** Values of `{{ .name }}`. */
  readonly fields: ReadonlyMap<string, string>
  /** What a field that is not given reads as. Default: it is an error. */
  readonly missing?: string
  /** Values of `{{ label "key" }}`. */
  readonly labels?: Readonly<Record<string, string>>
}

/** Reads a template. The message of a failure is Go's, `template: :1: ...`. */
export function parseTemplate(template: string, { labels = false } = {}): Parsed {
  const pieces: Piece[] = []
  let rest = template
  let trimStart = false
  for (;;) {
    const start = rest.indexOf('{{')
    const text = start < 0 ? rest : rest.slice(0, start)
    const action = start < 0 ? '' : rest.slice(start + 2)
    const trimEnd = /^-\s/.test(action)
    pieces.push({ text: trimmed(text, trimStart, trimEnd) })
    if (start < 0) return { ok: true, pieces }
    const offset = template.length - rest.length + start
    const line = template.slice(0, offset).split('\n').length
    const failed = (message: string): Parsed => ({ ok: false, message: `template: :${line}: ${message}` })
    const end = action.indexOf('}}')
    if (end < 0) {
      // The first word is looked at before anybody notices that the end is missing.
      const unread = /^\s*[A-Za-z_]/.test(action) && !knownFunction(action.trim(), labels)
      return failed(unread ? `function ${goQuote(wordOf(action.trim()))} not defined` : 'unclosed action')
    }
    trimStart = /\s-$/.test(action.slice(0, end))
    const inner = action.slice(trimEnd ? 1 : 0, trimStart ? end - 1 : end)
    const body = inner.trim()
    if (body === '') return failed('missing value for command')
    if (!body.startsWith('/*')) {
      const read = readPipeline(body, labels)
      if (typeof read === 'string') return failed(read)
      const column = offset + 2 + (trimEnd ? 1 : 0) + inner.indexOf(body) - (template.lastIndexOf('\n', offset) + 1)
      pieces.push({ ...read, source: body, line, column })
    }
    rest = action.slice(end + 2)
  }
}

function trimmed(text: string, start: boolean, end: boolean): string {
  const left = start ? text.trimStart() : text
  return end ? left.trimEnd() : left
}

const literal = /^("(?:[^"\\\n]|\\.)*"|`[^`]*`)$/

/** An operand, or a literal that goes on to `label`; otherwise what is wrong. */
function readPipeline(body: string, labels: boolean): Operand | string {
  const [first = '', ...stages] = splitPipes(body)
  const operand = readOperand(first, labels)
  if (typeof operand === 'string' || stages.length === 0) return operand
  for (const [i, stage] of stages.entries()) {
    if (stage === '') return 'missing value for command'
    if (literal.test(stage) || /^\d/.test(stage)) return `non executable command in pipeline stage ${i + 2}`
    if (!knownFunction(stage, labels)) return `function ${goQuote(wordOf(stage))} not defined`
  }
  if (stages.length === 1 && stages[0] === 'label' && 'literal' in operand) return { call: 'label', argument: operand.literal }
  return unsupported(body)
}

function readOperand(body: string, labels: boolean): Operand | string {
  const field = /^\.([A-Za-z_][A-Za-z0-9_]*)$/.exec(body)?.[1]
  if (field) return { field }
  if (literal.test(body)) return { literal: unquoted(body) }
  const argument = labels ? /^label\s+(\S.*)$/.exec(body)?.[1] : undefined
  if (argument !== undefined && literal.test(argument)) return { call: 'label', argument: unquoted(argument) }
  if (/^[A-Za-z_]/.test(body) && !knownFunction(body, labels)) return `function ${goQuote(wordOf(body))} not defined`
  return unsupported(body)
}

const wordOf = (text: string) => /^\w+/.exec(text)?.[0] ?? text
const builtins = new Set(
  (
    'and block break call continue define else end eq false ge gt html if index js le len lt ne nil not or print printf println range ' +
    'slice template true urlquery with'
  ).split(' '),
)
const knownFunction = (text: string, labels: boolean) =>
  !/^[A-Za-z_]/.test(text) || builtins.has(wordOf(text)) || (labels && wordOf(text) === 'label')

const unsupported = (body: string) => `unsupported action ${goQuote(body)}: only parameters such as {{.service}} are`

function splitPipes(body: string): string[] {
  return (body.match(/(?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^|"`]|["`])+|(?<=\|)(?=\||$)/g) ?? []).map((part) => part.trim())
}

function unquoted(text: string): string {
  return text.startsWith('`') ? text.slice(1, -1) : text.slice(1, -1).replace(/\\(.)/g, '$1')
}

/** Fills a template in. */
export function fillTemplate(pieces: readonly Piece[], { fields, missing, labels = {} }: TemplateData): Evaluated {
  let text = ''
  for (const piece of pieces) {
    if ('text' in piece) text += piece.text
    else if ('literal' in piece) text += piece.literal
    else {
      const value = 'field' in piece ? (fields.get(piece.field) ?? missing) : labels[piece.argument]
      if (value === undefined) return { ok: false, message: missingValue(piece) }
      text += value
    }
  }
  return { ok: true, text }
}

function missingValue(action: Exclude<Action, { readonly literal: string }>): string {
  const { source, line, column } = action
  const at = (place: string) => `template: :${line}:${column}: executing "" at <${place}>`
  if ('call' in action) return `${at(source)}: error calling label: label ${action.argument} not found`
  return `${at(source)}: can't evaluate field ${action.field}`
}

/** Parses and fills in at once, with what the peer adds to Go's words. */
export function evaluateTemplate(template: string, data: TemplateData): Evaluated {
  const parsed = parseTemplate(template, { labels: data.labels !== undefined })
  if (!parsed.ok) return { ok: false, message: `failed compiling gotemplate error=${goQuote(parsed.message)}` }
  const filled = fillTemplate(parsed.pieces, data)
  return filled.ok
    ? filled
    : { ok: false, message: `pre evaluation of template with parameters failed with error=${goQuote(filled.message)}` }
}
