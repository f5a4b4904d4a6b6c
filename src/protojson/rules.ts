import protobuf from 'protobufjs/light.js'
import type { Issue } from '../core/issue.js'
import { writtenAsValue } from './faults.js'
import { element, entry, member } from './path.js'
import { findType } from './registry.js'
import { type Rules, brokenRules } from './rule-checks.js'

type Message = Readonly<Record<string, unknown>>
type Report = (path: string, message: string) => void

/** The validation rules that a decoded message breaks, nested messages and each `Any` of a known type included. */
export function violationsOf(type: protobuf.Type, message: protobuf.Message): Issue[] {
  const issues: Issue[] = []
  inMessage(type, message as unknown as Message, '', (path, text) => {
    issues.push({ level: 'error', code: 'broken-rule', path, message: text })
  })
  return issues
}

function inMessage(type: protobuf.Type, message: Message, path: string, report: Report): void {
  if (type.fullName === '.google.protobuf.Any') return inAny(message, path, report)
  if (type.fullName.startsWith('.google.protobuf.')) return
  for (const oneof of type.oneofsArray)
    if (oneof.options?.['required'] && !oneof.oneof.some((name) => isSet(message, name)))
      report(path, `one of ${oneof.fieldsArray.map((field) => field.jsonName).join(', ')} must be set`)
  for (const field of type.fieldsArray) inField(field, message, member(path, field.jsonName), report)
}

function inField(field: protobuf.Field, message: Message, path: string, report: Report): void {
  const rules = field.options?.['rules'] as Rules | undefined
  const set = isSet(message, field.name)
  const value = set ? message[field.name] : defaultOf(field)
  if (value === undefined) {
    if (required(rules) && !field.partOf) report(path, 'must be set')
    return
  }
  if (rules?.['message']?.['skip'] === true) return
  if (field instanceof protobuf.MapField) {
    for (const text of brokenRules(rules, value)) report(path, text)
    for (const [key, inner] of Object.entries(value as Message)) {
      const at = entry(path, key)
      for (const text of brokenRules(rules?.['map']?.['keys'] as Rules | undefined, key)) report(at, `key ${text}`)
      inSingle(field, inner, rules?.['map']?.['values'] as Rules | undefined, at, report)
    }
  } else if (field.repeated) {
    for (const text of brokenRules(rules, value)) report(path, text)
    const items = rules?.['repeated']?.['items'] as Rules | undefined
    for (const [index, inner] of (value as unknown[]).entries()) inSingle(field, inner, items, element(path, index), report)
  } else inSingle(field, value, rules, path, report)
}

function inSingle(field: protobuf.Field, value: unknown, rules: Rules | undefined, path: string, report: Report): void {
  for (const text of brokenRules(rules, unwrapped(field, value))) report(path, text)
  if (field.resolvedType instanceof protobuf.Enum && rules?.['enum']?.['defined_only'] === true)
    if (field.resolvedType.valuesById[Number(value)] === undefined)
      report(path, `must be one of ${Object.keys(field.resolvedType.values).join(', ')}, found ${value}`)
  if (field.resolvedType instanceof protobuf.Type) inMessage(field.resolvedType, value as Message, path, report)
}

function inAny(any: Message, path: string, report: Report): void {
  const type = typeof any['type_url'] === 'string' ? findType(any['type_url']) : undefined
  if (!type || writtenAsValue(type)) return
  inMessage(type, type.decode(any['value'] as Uint8Array) as unknown as Message, path, report)
}

function isSet(message: Message, name: string): boolean {
  return Object.hasOwn(message, name) && message[name] !== null && message[name] !== undefined
}

/** Whether the rules demand that a message field is there at all. */
function required(rules: Rules | undefined): boolean {
  return Object.values(rules ?? {}).some((rule) => rule['required'] === true)
}

/** What an unset field counts as: nothing, where being set means something. */
function defaultOf(field: protobuf.Field): unknown {
  if (field.map) return {}
  if (field.repeated) return []
  return field.hasPresence || field.resolvedType instanceof protobuf.Type ? undefined : field.defaultValue
}

/** Rules of a wrapper (`google.protobuf.UInt32Value`) are about what it wraps. */
function unwrapped(field: protobuf.Field, value: unknown): unknown {
  const type = field.resolvedType
  if (!(type instanceof protobuf.Type) || field.repeated || field.map) return value
  if (!/^\.google\.protobuf\.\w+Value$/.test(type.fullName) || type.fieldsArray.length !== 1) return value
  return (value as Message)['value'] ?? type.fields['value']?.resolve().defaultValue
}
