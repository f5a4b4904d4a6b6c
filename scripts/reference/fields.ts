import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type * as z from 'zod'
import { type Shape, defaultOf, shapeOf, traitsOf, unwrap } from '../../src/core/schema/traits.js'
import { root } from './root.js'

type Schema = z.core.$ZodType

/** One field of a kind, as the reference tells it. */
export interface Field {
  /** `spec.to[].default.http.requestTimeout` */
  readonly path: string
  readonly type: string
  readonly required: boolean
  readonly default?: unknown
  /** What it is; empty where nobody said. */
  readonly about: string
}

/** Shapes that many kinds have: they are told once, on a page of their own. */
export interface Shared {
  readonly name: string
  readonly schema: Schema
}

/** Descriptions by name, `parent.name` or `Kind:parent.name`. */
export type Glossary = ReadonlyMap<string, string>

/** The descriptions that stand beside the schemas. */
export function readGlossary(): Glossary {
  const folders = readdirSync(join(root, 'src/translate/policies'), { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const files = ['src/core/schema', ...folders.map(({ name }) => `src/translate/policies/${name}`)].map((folder) => `${folder}/fields.yaml`)
  return new Map(files.flatMap((file) => Object.entries(contentOf(file))))
}

function contentOf(file: string): Record<string, string> {
  try {
    return (parse(readFileSync(join(root, file), 'utf8')) ?? {}) as Record<string, string>
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** The keys under which a field may be described, the most telling first. */
export function glossaryKeys(kind: string, path: string): string[] {
  const names = path.split('.').map((part) => part.replace(/(\[\]|\{\})+$/, ''))
  const [name = '', parent = ''] = names.reverse()
  return [`${kind}:${parent}.${name}`, `${kind}:${name}`, `${parent}.${name}`, name]
}

/** Every field of a kind, in the order of the schema. A shape that was told before on the page is referred to. */
export function fieldsOf(kind: string, schema: Schema, prefix: string, glossary: Glossary, shared: readonly Shared[] = []): Field[] {
  const told = new Map(shared.map(({ name, schema }) => [fingerprint(schema), `[${name}](${name}.md)`]))
  const rows: Field[] = []
  const visit = (shape: Shape & { type: 'object' }, path: string) => {
    for (const [name, field] of Object.entries(shape.fields)) {
      const at = path === '' ? name : `${path}.${name}`
      const { suffix, inner } = throughLists(field)
      const known = inner.type === 'object' && Object.keys(inner.fields).length > 0 ? told.get(fingerprintOf(inner)) : undefined
      const about = glossaryKeys(kind, at).flatMap((key) => glossary.get(key) ?? [])[0] ?? ''
      rows.push({ path: at, type: known ?? typeOf(field), required: isRequired(field), default: defaultOf(field), about })
      if (inner.type !== 'object' || known) continue
      told.set(fingerprintOf(inner), `as \`${at}${suffix}\``)
      visit(inner, at + suffix)
    }
  }
  const top = shapeOf(unwrap(schema))
  if (top.type === 'object') visit(top, prefix)
  return rows
}

function throughLists(field: Schema): { suffix: string; inner: Shape } {
  const shape = shapeOf(unwrap(field))
  if (shape.type !== 'list' && shape.type !== 'map') return { suffix: '', inner: shape }
  const { suffix, inner } = throughLists(shape.items)
  return { suffix: (shape.type === 'list' ? '[]' : '{}') + suffix, inner }
}

function typeOf(field: Schema): string {
  const inner = unwrap(field)
  const shape = shapeOf(inner)
  if (shape.type === 'list' || shape.type === 'map') {
    const items = shapeOf(unwrap(shape.items))
    const of = items.type === 'object' ? 'objects' : typeOf(shape.items)
    return shape.type === 'list' ? `a list of ${of}` : `a map to ${of}`
  }
  return traitsOf(inner).expected ?? 'anything'
}

function isRequired(field: Schema): boolean {
  const { type } = (field as z.core.$ZodTypes)._zod.def
  return type !== 'optional' && type !== 'default'
}

const fingerprint = (schema: Schema) => {
  const shape = shapeOf(unwrap(schema))
  return shape.type === 'object' ? fingerprintOf(shape) : ''
}

/** A text that is the same for shapes with the same fields. */
function fingerprintOf(shape: Shape & { type: 'object' }): string {
  const field = (schema: Schema): string => {
    const inner = unwrap(schema)
    const part = shapeOf(inner)
    if (part.type === 'object') return fingerprintOf(part)
    return part.type === 'leaf' ? (traitsOf(inner).expected ?? '') : `${part.type}<${field(part.items)}>`
  }
  return `{${Object.entries(shape.fields)
    .map(([name, schema]) => `${name}${isRequired(schema) ? '' : '?'}:${field(schema)}`)
    .join()}}`
}
