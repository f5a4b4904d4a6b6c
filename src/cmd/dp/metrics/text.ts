/*
 * Prometheus' text format, read into families and written again.
 * Source: Prometheus docs, "Exposition formats", "Text-based format".
 */

export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary' | 'untyped'

export type Labels = readonly (readonly [name: string, value: string])[]

export interface Sample {
  /** The family's name, for histograms and summaries with `_bucket`, `_sum` or `_count` behind it. */
  readonly name: string
  readonly labels: Labels
  /** As it was written: `12`, `1e+06`, `NaN`. */
  readonly value: string
  /** Milliseconds since 1970, where the source tells. */
  readonly timestamp?: string
}

export interface MetricFamily {
  readonly name: string
  readonly type: MetricType
  readonly help?: string
  readonly samples: readonly Sample[]
}

const types: Readonly<Record<string, MetricType>> = {
  ...{ counter: 'counter', gauge: 'gauge', histogram: 'histogram', summary: 'summary' },
  // What OpenMetrics has more of.
  ...{ untyped: 'untyped', unknown: 'untyped', info: 'gauge', stateset: 'gauge', gaugehistogram: 'histogram' },
}

interface Draft {
  readonly name: string
  type: MetricType
  help?: string
  samples: Sample[]
}

/** The families of a page by name, in its order. Lines that make no sense are left out. */
export function readFamilies(page: string): Map<string, MetricFamily> {
  const families = new Map<string, Draft>()
  const familyOf = (name: string) => {
    const known = families.get(name)
    const family: Draft = known ?? { name, type: 'untyped', samples: [] }
    if (!known) families.set(name, family)
    return family
  }
  for (const line of page.split('\n')) {
    const comment = /^#\s+(TYPE|HELP)\s+(\S+)\s+(.*)$/.exec(line)
    if (comment) {
      const [, keyword, name = '', text = ''] = comment
      const family = familyOf(name)
      if (keyword === 'HELP') family.help = text
      else family.type = types[text.trim()] ?? 'untyped'
      continue
    }
    const sample = line.startsWith('#') ? undefined : readSample(line)
    if (sample) familyOf(familyName(sample.name, families)).samples.push(sample)
  }
  return new Map([...families].filter(([, { samples }]) => samples.length > 0))
}

const labelled = /^([a-zA-Z_:][\w:]*)\s*(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})?\s*(\S+)(?:\s+(-?[\d.]+))?(?:\s+#.*)?\s*$/
const label = /\s*([a-zA-Z_][\w.]*|"(?:[^"\\]|\\.)*")\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/y

function readSample(line: string): Sample | undefined {
  const [, name, inner = '', value = '', timestamp] = labelled.exec(line) ?? []
  if (name === undefined || !/^[+-]?(\d|\.\d|inf|nan)/i.test(value)) return undefined
  const labels: [string, string][] = []
  label.lastIndex = 0
  while (label.lastIndex < inner.length) {
    const [, key, text] = label.exec(inner) ?? []
    if (key === undefined || text === undefined) return undefined
    labels.push([key, unescaped(text)])
  }
  return { name, labels, value, ...(timestamp !== undefined && { timestamp }) }
}

/** Parts of histograms and summaries, and of OpenMetrics' counters, belong to the family that was announced. */
function familyName(name: string, families: ReadonlyMap<string, MetricFamily>): string {
  if (families.has(name)) return name
  const base = /^(.*)_(bucket|sum|count|total|created|info)$/.exec(name)?.[1]
  return base !== undefined && families.has(base) ? base : name
}

const unescaped = (text: string) => text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
const escaped = (text: string) => text.replace(/[\\"\n]/g, (char) => (char === '\n' ? '\\n' : `\\${char}`))

export function writeFamilies(families: Iterable<MetricFamily>): string {
  let page = ''
  for (const { name, type, help, samples } of families) {
    if (help !== undefined) page += `# HELP ${name} ${help}\n`
    page += `# TYPE ${name} ${type}\n`
    for (const sample of samples) page += writeSample(sample)
  }
  return page
}

function writeSample({ name, labels, value, timestamp }: Sample): string {
  const inner = labels.map(([key, text]) => `${key}="${escaped(text)}"`).join(',')
  return `${name}${inner && `{${inner}}`} ${value}${timestamp === undefined ? '' : ` ${timestamp}`}\n`
}
