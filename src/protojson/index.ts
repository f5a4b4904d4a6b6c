/**
 * `@kuma/core/protojson`: any Envoy message from and to proto3 JSON, and the rules that Envoy states for its fields.
 * An entry of its own because it carries descriptors of the whole Envoy API.
 */
import protojson from 'protobufjs/ext/protojson.js'
import { KumaError } from '../core/errors.js'
import type { Issue } from '../core/issue.js'
import type { RawCodec } from '../translate/raw-codec.js'
import { fromJson, parse } from './read.js'
import { decode, typeName } from './registry.js'
import { violationsOf } from './rules.js'

export type { RawCodec, RawMessage, RawParse } from '../translate/raw-codec.js'
export { fromJson, parse }

/**
 * Canonical proto3 JSON of an encoded message: lowerCamel names, defaults left out, every nested `Any` expanded.
 * @throws KumaError `invalid-message` when a type is not known or the bytes are not of that type
 */
export function toJson(typeUrl: string, bytes: Uint8Array): unknown {
  const { type, message } = decode(typeUrl, bytes)
  try {
    return protojson.toJson(type, message)
  } catch (cause) {
    throw new KumaError('invalid-message', `${typeName(type)} has no JSON form: ${(cause as Error).message}`, { cause })
  }
}

/**
 * The rules of Envoy's API (`validate.rules`) that the message breaks, with the path of each field.
 * @throws KumaError `invalid-message` when a type is not known or the bytes are not of that type
 */
export function validateRules(typeUrl: string, bytes: Uint8Array): Issue[] {
  const { type, message } = decode(typeUrl, bytes)
  return violationsOf(type, message)
}

/** The reader and printer that translation takes for raw Envoy configuration. */
export const rawCodec: RawCodec = {
  parse,
  fromJson,
  toJson: ({ typeUrl, bytes }) => toJson(typeUrl, bytes),
  validate: ({ typeUrl, bytes }) => validateRules(typeUrl, bytes),
}
