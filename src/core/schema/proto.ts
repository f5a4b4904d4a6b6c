import * as z from 'zod'
import { parseDuration, protoDurationText } from '../duration.js'
import { cannotUnmarshal, goQuote, invalidNumberText } from '../go.js'
import { base64Error } from './base64.js'
import { withTraits } from './traits.js'

/*
 * Schemas of kinds that the peer decodes as proto3 JSON. Every field is optional, as in proto3; scalars whose value is zero count
 * as not set (wrappers: the ...Value functions and `optional` fields, keep it). Messages are those of Go's decoder.
 */

type Fields = Readonly<Record<string, z.ZodType>>
type Optional<F extends Fields> = { [K in keyof F]: z.ZodOptional<F[K]> }

type RawIssue = { readonly input?: unknown }

export interface MessageOptions {
  /** Fields that the proto file spells in snake_case: that spelling is accepted too. */
  readonly snake?: readonly string[]
  /** Groups of fields of which at most one counts. */
  readonly oneofs?: readonly (readonly string[])[]
}

const toSnake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** A message. Write the fields in the order of the proto file: that is the order in which they are printed. */
export function message<F extends Fields>(fields: F, { snake = [], oneofs = [] }: MessageOptions = {}): z.ZodObject<Optional<F>> {
  const shape = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.optional()])) as Optional<F>
  const schema = z.object(shape, { error: ({ input }: RawIssue) => cannotUnmarshal(input, 'map[string]json.RawMessage') })
  return withTraits(schema, {
    expected: 'an object',
    aliases: new Map(snake.map((name) => [toSnake(name), name])),
    oneofs,
    nullIsAbsent: true,
    nullValue: () => ({}),
  })
}

export function list<S extends z.ZodType>(items: S): z.ZodArray<S> {
  const schema = z.array(items, { error: ({ input }: RawIssue) => cannotUnmarshal(input, '[]json.RawMessage') })
  return withTraits(schema, { expected: 'a list', zero: [], nullIsAbsent: true })
}

/** `map<string, ...>`. */
export function map<S extends z.ZodType>(values: S): z.ZodRecord<z.ZodString, S> {
  const schema = z.record(z.string(), values, { error: ({ input }: RawIssue) => cannotUnmarshal(input, 'map[string]json.RawMessage') })
  return withTraits(schema, { expected: 'a map', dropEmpty: true, nullIsAbsent: true })
}

/** `google.protobuf.StringValue`, or `optional string`: the empty text is kept. */
export function stringValue(): z.ZodString {
  const schema = z.string({ error: ({ input }: RawIssue) => cannotUnmarshal(input, 'string') })
  return withTraits(schema, { expected: 'a text', nullIsAbsent: true, nullValue: () => '' })
}

export function string(): z.ZodString {
  return withTraits(stringValue(), { zero: '' })
}

/** `google.protobuf.BoolValue`, or `optional bool`: false is kept. */
export function boolValue(): z.ZodBoolean {
  const schema = z.boolean({ error: ({ input }: RawIssue) => cannotUnmarshal(input, 'bool') })
  return withTraits(schema, { expected: 'true or false', nullIsAbsent: true, nullValue: () => false })
}

export function bool(): z.ZodBoolean {
  return withTraits(boolValue(), { zero: false })
}

/** Numbers may be quoted in proto3 JSON. */
function unquoteNumber(value: unknown): unknown {
  return typeof value === 'string' && /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(value) ? Number(value) : value
}

function wholeNumber(goType: string, min: number, max: number, encode?: (value: unknown) => unknown): z.ZodNumber {
  const error = ({ input }: RawIssue) => (typeof input === 'string' ? invalidNumberText(input) : cannotUnmarshal(input, goType))
  const schema = z.int({ error }).min(min, { error }).max(max, { error })
  return withTraits(schema, {
    expected: `a whole number from ${min} to ${max}`,
    decode: unquoteNumber,
    encode,
    nullIsAbsent: true,
    nullValue: () => 0,
  })
}

/** `google.protobuf.UInt32Value`: 0 is kept. */
export const uint32Value = () => wholeNumber('uint32', 0, 2 ** 32 - 1)
export const uint32 = () => withTraits(uint32Value(), { zero: 0 })
/** `google.protobuf.UInt64Value`: 0 is kept. Printed as text, as proto3 JSON does; above 2^53 nothing is accepted. */
export const uint64Value = () => wholeNumber('uint64', 0, Number.MAX_SAFE_INTEGER, String)
export const uint64 = () => withTraits(uint64Value(), { zero: 0 })

/** `google.protobuf.DoubleValue` and `FloatValue`: 0 is kept. */
export function doubleValue(): z.ZodNumber {
  const error = ({ input }: RawIssue) => (typeof input === 'string' ? invalidNumberText(input) : cannotUnmarshal(input, 'float64'))
  return withTraits(z.number({ error }), {
    expected: 'a number',
    decode: unquoteNumber,
    nullIsAbsent: true,
    nullValue: () => 0,
  })
}

export const double = () => withTraits(doubleValue(), { zero: 0 })

/**
 * An enum, by name (by number is accepted too). The first value is the one that "not set" means: it is never kept, read it as
 * `spec.mode ?? 'STRICT'`.
 * @param fullName as the proto file calls it: `kuma.mesh.v1alpha1.CertificateAuthorityBackend.Mode`
 * @param values in the order of their numbers, from 0
 */
export function enumeration<const V extends readonly [string, ...string[]]>(
  fullName: string,
  values: V,
): z.ZodEnum<z.core.util.ToEnum<V[number]>> {
  const schema = z.enum(values, {
    error: ({ input }: RawIssue) =>
      typeof input === 'string'
        ? `unknown value ${goQuote(JSON.stringify(input))} for enum ${fullName}`
        : cannotUnmarshal(input, 'protoreflect.EnumNumber'),
  })
  return withTraits(schema as unknown as z.ZodEnum<z.core.util.ToEnum<V[number]>>, {
    expected: `one of ${values.join(', ')}`,
    decode: (value) => (typeof value === 'number' ? (values[value] ?? value) : value),
    zero: values[0],
    nullIsAbsent: true,
    nullValue: () => values[0],
  })
}

/** `google.protobuf.Duration`, kept as canonical text: `90s`, `0.500s`. Present means set, even `0s`. */
export function duration(): z.ZodString {
  const schema = z.string({ error: ({ input }: RawIssue) => cannotUnmarshal(input, 'string') }).refine((text) => parseDuration(text).ok, {
    error: ({ input }: RawIssue) => {
      const parsed = parseDuration(String(input))
      return parsed.ok ? '' : `bad Duration: ${parsed.message}`
    },
  })
  return withTraits(schema, {
    expected: 'a duration such as 10s, 1m30s or 500ms',
    decode: (value) => {
      const parsed = typeof value === 'string' ? parseDuration(value) : undefined
      return parsed?.ok ? protoDurationText(parsed.nanos) : value
    },
    nullIsAbsent: true,
  })
}

/** `google.protobuf.BytesValue`: Base64, kept as text. */
export function bytesValue(): z.ZodString {
  const schema = z
    .string({ error: ({ input }: RawIssue) => cannotUnmarshal(input, '[]uint8') })
    .refine((text) => base64Error(text) === undefined, { error: ({ input }: RawIssue) => base64Error(String(input)) ?? '' })
  return withTraits(schema, {
    expected: 'Base64',
    decode: (value) => (typeof value === 'string' ? value.replace(/[\r\n]/g, '') : value),
    nullIsAbsent: true,
  })
}

/** `google.protobuf.Struct`: any object, kept as it is. */
export function struct(): z.ZodRecord<z.ZodString, z.ZodUnknown> {
  const schema = z.record(z.string(), z.unknown(), {
    error: ({ input }: RawIssue) => `bad StructValue: ${cannotUnmarshal(input, 'map[string]json.RawMessage')}`,
  })
  return withTraits(schema, { expected: 'an object', nullIsAbsent: true })
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/

/** `google.protobuf.Timestamp`: RFC 3339, kept as it is written. */
export function timestamp(): z.ZodString {
  const schema = z
    .string({ error: ({ input }: RawIssue) => cannotUnmarshal(input, 'string') })
    .refine((text) => rfc3339.test(text), { error: ({ input }: RawIssue) => `bad Timestamp: ${JSON.stringify(input)} is not RFC 3339` })
  return withTraits(schema, { expected: 'a time such as 2026-01-31T12:00:00Z', nullIsAbsent: true })
}
