import protobuf from 'protobufjs/light.js'
import protojson from 'protobufjs/ext/protojson.js'
import type { Issue } from '../core/issue.js'
import { nearest } from './nearest.js'
import { element, entry, member } from './path.js'
import { findType, typeName } from './registry.js'

/**
 * What is wrong with a JSON value as a message of the type, each with its path. protobufjs stops at the first fault and
 * names a type, not a place; so this walks the value along the type and asks protobufjs about one leaf at a time.
 */
export function faultsOf(type: protobuf.Type, value: unknown): Issue[] {
  const issues: Issue[] = []
  inMessage(type, value, '', issues)
  return issues
}

function inMessage(type: protobuf.Type, value: unknown, path: string, issues: Issue[]): void {
  if (type.fullName === '.google.protobuf.Any') return inAny(value, path, issues)
  if (type.fullName.startsWith('.google.protobuf.')) return inLeaf(path, issues, () => protojson.fromJson(type, value))
  if (!isObject(value)) return fault(issues, 'wrong-type', path, `must be an object (${typeName(type)}), found ${found(value)}`)
  const given = new Map<protobuf.Field, string>()
  const members = new Map<protobuf.OneOf, string>()
  for (const [key, inner] of Object.entries(value)) {
    const at = member(path, key)
    const field = fieldsOf(type).get(key)
    if (!field) {
      fault(issues, 'unknown-field', at, unknownField(type, key))
      continue
    }
    const twice = given.get(field)
    if (twice !== undefined) fault(issues, 'duplicate-field', at, `is the same field as "${twice}"; write one of them`)
    given.set(field, key)
    if (inner === null && !takesNull(field)) continue
    const oneof = field.partOf
    const other = oneof ? members.get(oneof) : undefined
    if (other !== undefined && twice === undefined)
      fault(issues, 'oneof-conflict', at, `can't stand beside "${other}": only one of them may be set`)
    if (oneof) members.set(oneof, key)
    inField(field, inner, at, issues)
  }
}

function inField(field: protobuf.Field, value: unknown, path: string, issues: Issue[]): void {
  if (field instanceof protobuf.MapField) {
    if (!isObject(value)) return fault(issues, 'wrong-type', path, `must be an object, found ${found(value)}`)
    for (const [key, inner] of Object.entries(value)) inSingle(field, inner, entry(path, key), issues, (leaf) => ({ [key]: leaf }))
  } else if (field.repeated) {
    if (!Array.isArray(value)) return fault(issues, 'wrong-type', path, `must be a list, found ${found(value)}`)
    value.forEach((inner, index) => inSingle(field, inner, element(path, index), issues, (leaf) => [leaf]))
  } else inSingle(field, value, path, issues, (leaf) => leaf)
}

function inSingle(field: protobuf.Field, value: unknown, path: string, issues: Issue[], place: (leaf: unknown) => unknown): void {
  if (field.resolvedType instanceof protobuf.Type) return inMessage(field.resolvedType, value, path, issues)
  inLeaf(path, issues, () => protojson.fromJson(field.parent as protobuf.Type, { [field.name]: place(value) }), field.resolvedType)
}

function inAny(value: unknown, path: string, issues: Issue[]): void {
  if (!isObject(value)) return fault(issues, 'wrong-type', path, `must be an object with "@type", found ${found(value)}`)
  const { '@type': typeUrl, ...body } = value
  if (typeUrl === undefined && Object.keys(body).length === 0) return
  const at = member(path, '@type')
  if (typeof typeUrl !== 'string') return fault(issues, 'missing-type', at, 'must say which message this is: "type.googleapis.com/..."')
  const type = findType(typeUrl)
  if (!type) return fault(issues, 'unknown-type', at, `no message type is known as ${JSON.stringify(typeUrl)}`)
  if (!writtenAsValue(type)) return inMessage(type, body, path, issues)
  const { value: wrapped, ...rest } = body
  for (const key of Object.keys(rest)) fault(issues, 'unknown-field', member(path, key), `${typeName(type)} is written as "value" here`)
  inMessage(type, wrapped, member(path, 'value'), issues)
}

/** Types with a JSON form of their own stand under `value` inside an Any. */
export function writtenAsValue(type: protobuf.Type): boolean {
  return type.fullName.startsWith('.google.protobuf.') && type.fullName !== '.google.protobuf.Empty'
}

function inLeaf(path: string, issues: Issue[], read: () => unknown, enumeration?: protobuf.ReflectionObject | null): void {
  try {
    read()
  } catch (error) {
    const allowed = enumeration instanceof protobuf.Enum ? `; allowed: ${Object.keys(enumeration.values).join(', ')}` : ''
    // "envoy.x.Message.field: what is wrong: value" -> "what is wrong: value": the path says where.
    fault(issues, 'invalid-value', path, `${(error as Error).message.replace(/^\.?[\w.]+: (?=\S)/, '')}${allowed}`)
  }
}

const fields = new WeakMap<protobuf.Type, Map<string, protobuf.Field>>()

/** Fields by every name that JSON may use: lowerCamel and as in the proto. */
function fieldsOf(type: protobuf.Type): Map<string, protobuf.Field> {
  const known = fields.get(type)
  if (known) return known
  const made = new Map(type.fieldsArray.flatMap((f) => namesOf(f).map((name) => [name, f] as const)))
  fields.set(type, made)
  return made
}

const namesOf = (field: protobuf.Field): string[] => [jsonNameOf(field), field.protoName, field.name]

/** The name of a field in canonical JSON. */
export function jsonNameOf(field: protobuf.Field): string {
  return field.jsonName
}

function unknownField(type: protobuf.Type, key: string): string {
  const near = nearest(key, [...new Set(type.fieldsArray.map(jsonNameOf))])
  return `${typeName(type)} has no such field${near ? `; did you mean "${near}"?` : ''}`
}

function takesNull(field: protobuf.Field): boolean {
  return /\.google\.protobuf\.(Null)?Value$/.test(field.resolvedType?.fullName ?? '') && !field.repeated && !field.map
}

function fault(issues: Issue[], code: string, path: string, message: string): void {
  issues.push({ level: 'error', code, path, message })
}

const found = (value: unknown) =>
  value === null ? 'null' : Array.isArray(value) ? 'a list' : `${typeof value} ${JSON.stringify(value)}`.slice(0, 60)

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
