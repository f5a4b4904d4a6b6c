/** Marks places of manifests where the chart has expressions of Helm's template language. */
export class Markers {
  private readonly marked: { readonly token: string; readonly expression: string; readonly sort: Sort }[] = []

  /** A text that stands for an expression whose value is a text, also within longer ones. */
  readonly text = (expression: string): string => this.mark(expression, 'text')
  /** For a number or a truth value. */
  readonly plain = (expression: string): string => this.mark(expression, 'plain')
  /** For a list or map among the values. */
  readonly block = (expression: string): string => this.mark(`toYaml ${expression}`, 'block')
  /** For a list or map that an expression gives as YAML. */
  readonly yaml = (expression: string): string => this.mark(expression, 'block')

  /** The text of a manifest as YAML, with the expressions in their places. */
  fill(yaml: string): string {
    return yaml
      .split('\n')
      .map((line) => this.marked.reduce((text, { token, expression, sort }) => fillLine(text, token, expression, sort), line))
      .join('\n')
  }

  private mark(expression: string, sort: Sort): string {
    const token = `marked${String(this.marked.length).padStart(3, '0')}`
    this.marked.push({ token, expression, sort })
    return token
  }
}

type Sort = 'text' | 'plain' | 'block'

function fillLine(line: string, token: string, expression: string, sort: Sort): string {
  if (!line.includes(token)) return line
  const isAll = new RegExp(`(: |- )${token}$`).test(line)
  if (sort === 'block') {
    if (!isAll) throw new Error(`a list or map stands by itself, not as in ${line}`)
    return line.replace(` ${token}`, ` {{- ${expression} | nindent ${(/^[ -]*/.exec(line)?.[0].length ?? 0) + 2} }}`)
  }
  return line.replaceAll(token, sort === 'text' && isAll ? `{{ ${expression} | quote }}` : `{{ ${expression} }}`)
}

/** Puts items of a list, by the names that they begin with, under a condition. */
export function onlyIf(yaml: string, itemName: string, condition: string): string {
  const lines = yaml.split('\n')
  const out: string[] = []
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? ''
    if (line.trim() !== `- name: ${itemName}`) {
      out.push(line)
      at += 1
      continue
    }
    const indent = line.indexOf('-')
    const end = lines.findIndex((other, i) => i > at && !other.startsWith(' '.repeat(indent + 1)))
    const space = ' '.repeat(indent)
    out.push(`${space}{{- if ${condition} }}`, ...lines.slice(at, end), `${space}{{- end }}`)
    at = end
  }
  return out.join('\n')
}
