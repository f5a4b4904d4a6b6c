import protobuf from 'protobufjs/light.js'
import { KumaError } from '../core/errors.js'
import type { RawMessage } from '../translate/raw-codec.js'
import { decode, typeName } from './registry.js'

type Fields = Record<string, unknown>

/**
 * Merges a message into another of its type; see `RawCodec.merge`. Durations are exceptions to protobuf's rule: field by field,
 * half a second over five would be five and a half.
 * @throws KumaError `invalid-message`
 */
export function merge(base: RawMessage, changes: RawMessage): RawMessage {
  const into = decode(base.typeUrl, base.bytes)
  const from = decode(changes.typeUrl, changes.bytes)
  if (into.type !== from.type) {
    throw new KumaError('invalid-message', `a ${typeName(from.type)} can not be merged into a ${typeName(into.type)}`)
  }
  mergeFields(into.type, into.message as unknown as Fields, from.message as unknown as Fields)
  return { typeUrl: base.typeUrl, bytes: into.type.encode(into.message).finish() }
}

function mergeFields(type: protobuf.Type, into: Fields, from: Fields): void {
  for (const field of type.fieldsArray) {
    if (!isSet(from, field.name)) continue
    for (const { name } of field.partOf?.fieldsArray ?? []) if (name !== field.name) delete into[name]
    into[field.name] = merged(field, isSet(into, field.name) ? into[field.name] : undefined, from[field.name])
  }
}

function merged(field: protobuf.Field, into: unknown, from: unknown): unknown {
  if (into === undefined) return from
  if (field.map) return { ...(into as Fields), ...(from as Fields) }
  if (field.repeated) return [...(into as unknown[]), ...(from as unknown[])]
  const { resolvedType } = field
  if (!(resolvedType instanceof protobuf.Type) || resolvedType.fullName === '.google.protobuf.Duration') return from
  mergeFields(resolvedType, into as Fields, from as Fields)
  return into
}

const isSet = (message: Fields, name: string) => Object.hasOwn(message, name) && message[name] !== null && message[name] !== undefined
