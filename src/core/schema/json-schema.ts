import * as z from 'zod'
import type { Kind } from '../kind.js'

/** A resource of the kind as JSON Schema (draft 2020-12). What a schema can't say is left open. */
export function jsonSchema(kind: Kind): object {
  const { $schema, ...spec } = z.toJSONSchema(kind.schema(), { io: 'input', unrepresentable: 'any' }) as Record<string, unknown> & {
    readonly properties?: Readonly<Record<string, unknown>>
  }
  const text = { type: 'string' }
  const envelope = {
    type: { const: kind.type },
    ...(kind.scope === 'Mesh' && { mesh: text }),
    name: text,
    labels: { type: 'object', additionalProperties: text },
    creationTime: text,
    modificationTime: text,
  }
  const required = ['type', ...(kind.scope === 'Mesh' ? ['mesh'] : []), 'name']
  const base = { $schema, title: kind.type, type: 'object' }
  if (kind.encoding === 'openapi') return { ...base, properties: { ...envelope, spec }, required }
  return { ...base, properties: { ...envelope, ...spec.properties }, required }
}
