import protobuf from 'protobufjs/light.js'
import type { RawFault } from '../core/kind.js'
import { parse } from './read.js'
import { findType } from './registry.js'
import { validateRules } from './write.js'

/**
 * The first thing that is wrong with raw Envoy configuration, in the words of the peer's validation
 * (https://github.com/bufbuild/protoc-gen-validate for Go). Unknown fields are let through, as there.
 */
export const rawFault: RawFault = (text, { typeUrl, partial = false } = {}) => {
  const read = parse(text, typeUrl, { dropUnknown: true })
  if (!read.ok) {
    const [issue] = read.issues
    return issue?.path ? `${issue.path}: ${issue.message}` : (issue?.message ?? 'unreadable')
  }
  const type = findType(read.message.typeUrl)
  if (partial || !type) return undefined
  const broken = validateRules(read.message.typeUrl, read.message.bytes).find(({ path }) => !isInsideAny(type, segmentsOf(path)))
  return broken && sentence(type, segmentsOf(broken.path), broken.message)
}

/** What is packed in an Any is opaque to the peer: Envoy is the first to look at it. */
function isInsideAny(type: protobuf.Type, [first, ...rest]: ReturnType<typeof segmentsOf>): boolean {
  const inner = type.fieldsArray.find(({ jsonName }) => jsonName === first?.name)?.resolvedType
  if (rest.length === 0 || !(inner instanceof protobuf.Type)) return false
  return inner.fullName === '.google.protobuf.Any' || isInsideAny(inner, rest)
}

/** `filterChains[0].name` as `filterChains`, `[0]` with its field, `name`. */
function segmentsOf(path: string): { readonly name: string; readonly element: string }[] {
  return [...path.matchAll(/([^.[\]]+)((?:\[[^\]]*\])*)/g)].map(([, name = '', element = '']) => ({ name, element }))
}

/** The peer names every message on the way to the one that is wrong. */
function sentence(type: protobuf.Type, [first, ...rest]: ReturnType<typeof segmentsOf>, message: string): string {
  if (!first) return `invalid ${type.name}: ${reason(message)}`
  const field = type.fieldsArray.find(({ jsonName }) => jsonName === first.name)
  const place = `invalid ${goTypeName(type)}.${goName(field?.protoName ?? first.name)}${first.element}`
  const inner = field?.resolvedType
  if (rest.length === 0 || !(inner instanceof protobuf.Type)) return `${place}: ${reason(message)}`
  return `${place}: embedded message failed validation | caused by: ${sentence(inner, rest, message)}`
}

/** Messages inside messages are joined by underscores. */
function goTypeName(type: protobuf.Type): string {
  return type.parent instanceof protobuf.Type ? `${goTypeName(type.parent)}_${type.name}` : type.name
}

const goName = (protoName: string) =>
  protoName
    .split('_')
    .map((part, i) => (i > 0 && /^\d/.test(part) ? `_${part}` : part.slice(0, 1).toUpperCase() + part.slice(1)))
    .join('')

const reasons: readonly (readonly [RegExp, string])[] = [
  [/^must not be empty$/, 'value length must be at least 1 runes'],
  [/^must have at least (\d+) characters$/, 'value length must be at least $1 runes'],
  [/^must have at most (\d+) characters$/, 'value length must be at most $1 runes'],
  [/^must have at least (\d+) items?$/, 'value must contain at least $1 item(s)'],
  [/^must have at most (\d+) items?$/, 'value must contain no more than $1 item(s)'],
  [/^must be greater than ([^,]+).*$/, 'value must be greater than $1'],
  [/^must be at least ([^,]+).*$/, 'value must be greater than or equal to $1'],
  [/^must be less than ([^,]+).*$/, 'value must be less than $1'],
  [/^must be at most ([^,]+).*$/, 'value must be less than or equal to $1'],
  [/^(must be set|one of .* must be set)$/, 'value is required'],
]

function reason(message: string): string {
  const known = reasons.find(([pattern]) => pattern.test(message))
  return known ? message.replace(known[0], known[1]) : `value ${message}`
}
