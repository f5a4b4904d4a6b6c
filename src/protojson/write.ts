import protojson from 'protobufjs/ext/protojson.js'
import { KumaError } from '../core/errors.js'
import type { Issue } from '../core/issue.js'
import { decode, typeName } from './registry.js'
import { violationsOf } from './rules.js'

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
