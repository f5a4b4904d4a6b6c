import protojson from 'protobufjs/ext/protojson.js'
import { parseDocument } from 'yaml'
import type { Issue } from '../core/issue.js'
import type { RawParse, RawReadOptions } from '../translate/raw-codec.js'
import { faultsOf, writtenAsValue } from './faults.js'
import { findType, typeName } from './registry.js'

/** Reads one message from JSON or YAML text; see {@link fromJson}. */
export function parse(text: string, typeUrl?: string, options?: RawReadOptions): RawParse {
  const document = parseDocument(text, { prettyErrors: true, uniqueKeys: true })
  const [error] = document.errors
  if (error) return refused('invalid-yaml', '', error.message)
  try {
    return fromJson(document.toJS({ maxAliasCount: 100 }), typeUrl, options)
  } catch (cause) {
    return refused('invalid-yaml', '', (cause as Error).message)
  }
}

/**
 * Reads one message from proto3 JSON, with field names in lowerCamel or as in the proto. Strict, inside nested `Any`
 * too. Equal content gives equal bytes.
 * @param typeUrl what the value must be; without it, the value says so itself with `@type`
 */
export function fromJson(value: unknown, typeUrl?: string, { dropUnknown = false }: RawReadOptions = {}): RawParse {
  const said = typeof value === 'object' && value !== null && '@type' in value ? value['@type'] : undefined
  const url = typeUrl ?? said
  if (typeof url !== 'string') return refused('missing-type', '@type', 'must say which message this is: "type.googleapis.com/..."')
  const type = findType(url)
  if (!type) return refused('unknown-type', '@type', `no message type is known as ${JSON.stringify(url)}`)
  if (said !== undefined && (typeof said !== 'string' || findType(said) !== type))
    return refused('wrong-type', '@type', `must be ${typeName(type)}, found ${JSON.stringify(said)}`)
  const body = said === undefined ? value : bodyOf(value as Record<string, unknown>, writtenAsValue(type))
  const found = faultsOf(type, body)
  const dropped = dropUnknown ? found.filter(({ code }) => code === 'unknown-field') : []
  if (found.length > dropped.length) return { ok: false, issues: found }
  const issues = dropped.map((issue): Issue => ({ ...issue, level: 'warning', message: `${issue.message}; it is left out` }))
  try {
    const message = protojson.fromJson(type, sorted(body), { ignoreUnknownFields: dropUnknown })
    return { ok: true, message: { typeUrl: `type.googleapis.com/${typeName(type)}`, bytes: type.encode(message).finish() }, issues }
  } catch (cause) {
    return refused('invalid-value', '', (cause as Error).message)
  }
}

function bodyOf({ '@type': _, ...body }: Record<string, unknown>, asValue: boolean): unknown {
  return asValue ? body['value'] : body
}

/** Maps are encoded in the order of their keys: sorted, equal content gives equal bytes. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}

function refused(code: string, path: string, message: string): RawParse {
  const issue: Issue = { level: 'error', code, path, message }
  return { ok: false, issues: [issue] }
}
