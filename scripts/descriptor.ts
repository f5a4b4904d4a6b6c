import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import protobuf from 'protobufjs'

const wellKnown = ['any', 'duration', 'empty', 'field_mask', 'struct', 'timestamp', 'wrappers', 'descriptor']

/** Options that decide how bytes or names are read. */
const kept = /^(packed|json_name|proto3_optional|allow_alias|edition|features\b.*)$/

/**
 * One JSON descriptor of the given protos, for reflection. Of their options only those stay that matter here, with the
 * validation rules of a field as the object `rules`, and `required` on a oneof that must be set.
 * @param bundled folder of protobufjs, which brings the well-known types
 */
export function descriptorOf(protos: Iterable<string>, bundled: string): protobuf.INamespace {
  const root = new protobuf.Root()
  for (const name of wellKnown) {
    const known = protobuf.common.get(`google/protobuf/${name}.proto`)
    if (known?.nested) root.addJSON(known.nested)
    else protobuf.parse(readFileSync(join(bundled, `google/protobuf/${name}.proto`), 'utf8'), root)
  }
  for (const text of protos) protobuf.parse(text, root)
  root.resolveAll()
  keepRules(root)
  const { nested } = root.toJSON({ keepComments: false })
  return { nested: withoutAnnotations(nested ?? {}) }
}

/** The messages that define annotations themselves: nobody sends them. */
function withoutAnnotations(nested: Record<string, protobuf.AnyNestedObject>): Record<string, protobuf.AnyNestedObject> {
  const { validate: _, ...rest } = nested
  return rest
}

function keepRules(object: protobuf.ReflectionObject): void {
  const parsed = (object.parsedOptions ?? []) as Record<string, unknown>[]
  const plain = Object.entries(object.options ?? {}).filter(([name]) => kept.test(name))
  const rules = merged(parsed.map((option) => option['(validate.rules)']))
  if (rules) plain.push(['rules', rules])
  if (object instanceof protobuf.OneOf && object.options?.['(validate.required)']) plain.push(['required', true])
  object.options = plain.length > 0 ? Object.fromEntries(plain) : undefined
  if (object instanceof protobuf.Enum) object.valuesOptions = undefined
  if (object instanceof protobuf.Type) for (const oneof of object.oneofsArray) keepRules(oneof)
  if (object instanceof protobuf.Type) for (const field of object.fieldsArray) keepRules(field)
  if (object instanceof protobuf.Namespace) for (const inner of object.nestedArray) keepRules(inner)
}

/** `[(a).x = 1, (a).y = 2]` and `[(a) = {x: 1 y: 2}]` say the same. */
function merged(parts: readonly unknown[]): Record<string, unknown> | undefined {
  const objects = parts.filter((part): part is Record<string, unknown> => typeof part === 'object' && part !== null)
  if (objects.length === 0) return undefined
  const all: Record<string, unknown> = {}
  for (const object of objects)
    for (const [key, value] of Object.entries(object)) {
      const before = all[key]
      all[key] = isObject(before) && isObject(value) ? merged([before, value]) : value
    }
  return all
}

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value)
