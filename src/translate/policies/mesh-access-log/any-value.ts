import { base64Error } from '../../../core/schema/base64.js'
import type { AnyValue, KeyValue } from '../../../gen/opentelemetry/proto/common/v1/common.js'

type Fields = Readonly<Record<string, unknown>>

/** JSON that spells an OTLP value, as the message; `undefined` for any other. Unknown fields are passed over. */
export function anyValueOf(json: unknown): AnyValue | undefined {
  if (!isRecord(json)) return undefined
  const given = Object.entries(json).flatMap(([name, value]) => {
    const read = value === null ? undefined : readers[camelCase(name)]
    return read ? [read(value)] : []
  })
  const [value] = given
  return given.length > 1 || (given.length === 1 && !value) ? undefined : { value }
}

const readers: Readonly<Record<string, (value: unknown) => AnyValue['value']>> = {
  stringValue: (value) => (typeof value === 'string' ? { $case: 'stringValue', stringValue: value } : undefined),
  boolValue: (value) => (typeof value === 'boolean' ? { $case: 'boolValue', boolValue: value } : undefined),
  intValue(value) {
    const number = numberOf(value)
    return number !== undefined && Number.isInteger(number) ? { $case: 'intValue', intValue: number } : undefined
  },
  doubleValue(value) {
    const number = numberOf(value)
    return number === undefined ? undefined : { $case: 'doubleValue', doubleValue: number }
  },
  bytesValue(value) {
    if (typeof value !== 'string' || base64Error(value)) return undefined
    return { $case: 'bytesValue', bytesValue: Uint8Array.from(atob(value), (char) => char.charCodeAt(0)) }
  },
  arrayValue(value) {
    const values = listIn(value)?.map(anyValueOf)
    return values && all(values) ? { $case: 'arrayValue', arrayValue: { values } } : undefined
  },
  kvlistValue(value) {
    const values = listIn(value)?.map(keyValueOf)
    return values && all(values) ? { $case: 'kvlistValue', kvlistValue: { values } } : undefined
  },
}

function keyValueOf(json: unknown): KeyValue | undefined {
  if (!isRecord(json)) return undefined
  const { key = '', value } = json
  if (typeof key !== 'string') return undefined
  if (value === undefined || value === null) return { key }
  const any = anyValueOf(value)
  return any && { key, value: any }
}

/** Protobuf's JSON takes numbers as texts too. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() === value && value !== '' ? Number(value) : value
  return typeof number === 'number' && !Number.isNaN(number) ? number : undefined
}

function listIn(json: unknown): readonly unknown[] | undefined {
  if (!isRecord(json)) return undefined
  const values = json['values'] ?? []
  return Array.isArray(values) ? (values as readonly unknown[]) : undefined
}

function all<T>(values: readonly (T | undefined)[]): values is T[] {
  return !values.includes(undefined)
}

const camelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

function isRecord(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The same value with every text in it changed. */
export function mapTexts({ value }: AnyValue, change: (text: string) => string): AnyValue {
  switch (value?.$case) {
    case 'stringValue':
      return { value: { $case: 'stringValue', stringValue: change(value.stringValue) } }
    case 'arrayValue':
      return { value: { $case: 'arrayValue', arrayValue: { values: value.arrayValue.values?.map((item) => mapTexts(item, change)) } } }
    case 'kvlistValue': {
      const values = value.kvlistValue.values?.map((item) => ({
        key: change(item.key ?? ''),
        value: item.value && mapTexts(item.value, change),
      }))
      return { value: { $case: 'kvlistValue', kvlistValue: { values } } }
    }
    default:
      return { value }
  }
}
