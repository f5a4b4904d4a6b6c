import { goQuote } from '../go.js'

/*
 * The part of Go's text/template that host names and ports of virtual outbounds are written in: text with `{{.parameter}}`.
 */

type Piece = { readonly text: string } | { readonly field: string }
type Parsed = { readonly ok: true; readonly pieces: readonly Piece[] } | { readonly ok: false; readonly message: string }

function failed(line: number, message: string): Parsed {
  return { ok: false, message: `failed compiling gotemplate error=${goQuote(`template: :${line}: ${message}`)}` }
}

function parse(template: string): Parsed {
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
    const line = template.slice(0, template.length - rest.length + start).split('\n').length
    const end = action.indexOf('}}')
    if (end < 0) return failed(line, 'unclosed action')
    trimStart = /\s-$/.test(action.slice(0, end))
    const body = action.slice(trimEnd ? 1 : 0, trimStart ? end - 1 : end).trim()
    if (body === '') return failed(line, 'missing value for command')
    if (!body.startsWith('/*')) {
      const field = /^\.([A-Za-z_][A-Za-z0-9_]*)$/.exec(body)?.[1]
      if (!field) return failed(line, `unsupported action ${goQuote(body)}: only parameters such as {{.service}} are`)
      pieces.push({ field })
    }
    rest = action.slice(end + 2)
  }
}

function trimmed(text: string, start: boolean, end: boolean): string {
  const left = start ? text.trimStart() : text
  return end ? left.trimEnd() : left
}

export type Evaluated = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string }

/** The template with its parameters filled in; what is not given reads `<no value>`, as in Go. */
export function evaluateTemplate(template: string, parameters: ReadonlyMap<string, string>): Evaluated {
  const parsed = parse(template)
  if (!parsed.ok) return parsed
  return { ok: true, text: parsed.pieces.map((piece) => ('text' in piece ? piece.text : (parameters.get(piece.field) ?? '<no value>'))).join('') }
}
