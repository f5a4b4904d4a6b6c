/**
 * The rules of protoc-gen-validate (https://github.com/bufbuild/protoc-gen-validate) that Envoy's API uses, as plain
 * predicates. Key: the kind of value (`string`, `repeated`, `uint32` ...); inside: rule and limit.
 */
export type Rules = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/** What each rule that the value breaks demands. */
export function brokenRules(rules: Rules | undefined, value: unknown): string[] {
  return Object.entries(rules ?? {}).flatMap(([kind, limits]) => {
    const checks = checksByKind[kind] ?? (numeric.test(kind) ? numberChecks : {})
    if (limits['ignore_empty'] === true && isEmpty(value)) return []
    return Object.entries(limits).flatMap(([rule, limit]) => checks[rule]?.(value, limit, limits) ?? [])
  })
}

/** Says what is demanded, or nothing when the value complies. */
type Check = (value: unknown, limit: unknown, limits: Readonly<Record<string, unknown>>) => string | undefined

const numeric = /^(s?fixed|u?int|sint|double|float|enum$)/

function must(ok: boolean, demand: string, found?: unknown): string | undefined {
  return ok ? undefined : `must ${demand}${found === undefined ? '' : `, found ${JSON.stringify(found)}`}`
}

const compare = (number: (raw: unknown) => number, unit: string): Record<string, Check> => ({
  const: (v, l) => must(number(v) === number(l), `be ${number(l)}${unit}`, number(v)),
  gt: (v, l) => must(number(v) > number(l), `be greater than ${number(l)}${unit}`, number(v)),
  gte: (v, l) => must(number(v) >= number(l), `be at least ${number(l)}${unit}`, number(v)),
  lt: (v, l) => must(number(v) < number(l), `be less than ${number(l)}${unit}`, number(v)),
  lte: (v, l) => must(number(v) <= number(l), `be at most ${number(l)}${unit}`, number(v)),
})

/** Numbers arrive as numbers, 64-bit ones as Long objects. */
const toNumber = (raw: unknown) => Number(String(raw))

const seconds = (raw: unknown) => {
  const { seconds = 0, nanos = 0 } = raw as { seconds?: unknown; nanos?: number }
  return toNumber(seconds) + nanos / 1e9
}

const listed: Record<string, Check> = {
  in: (v, l) => must(asList(l).map(String).includes(String(v)), `be one of ${asList(l).join(', ')}`, v),
  not_in: (v, l) => must(!asList(l).map(String).includes(String(v)), `not be one of ${asList(l).join(', ')}`, v),
}

const numberChecks: Record<string, Check> = { ...compare(toNumber, ''), ...listed }

const stringChecks: Record<string, Check> = {
  ...listed,
  const: (v, l) => must(v === l, `be ${JSON.stringify(l)}`, v),
  len: (v, l) => must(letters(v) === l, `have ${l} characters`, v),
  min_len: (v, l) => must(letters(v) >= Number(l), Number(l) === 1 ? 'not be empty' : `have at least ${l} characters`),
  max_len: (v, l) => must(letters(v) <= Number(l), `have at most ${l} characters`),
  min_bytes: (v, l) => must(utf8Length(v) >= Number(l), `have at least ${l} bytes`),
  max_bytes: (v, l) => must(utf8Length(v) <= Number(l), `have at most ${l} bytes`),
  prefix: (v, l) => must(String(v).startsWith(String(l)), `start with ${JSON.stringify(l)}`, v),
  suffix: (v, l) => must(String(v).endsWith(String(l)), `end with ${JSON.stringify(l)}`, v),
  contains: (v, l) => must(String(v).includes(String(l)), `contain ${JSON.stringify(l)}`, v),
  pattern: (v, l) => must(new RegExp(String(l), 'u').test(String(v)), `match ${l}`, v),
  well_known_regex: (v, l, { strict }) => {
    const form = strict === false ? lineOfText : l === 'HTTP_HEADER_NAME' ? headerName : headerValue
    return must(form.test(String(v)), l === 'HTTP_HEADER_NAME' ? 'be an HTTP header name' : 'be an HTTP header value', v)
  },
}

const headerName = /^:?[0-9a-zA-Z!#$%&'*+\-.^_|~`]+$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what header values may not have
const headerValue = /^[^\u0000-\u0008\u000A-\u001F\u007F]*$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same
const lineOfText = /^[^\u0000\n\r]*$/

const checksByKind: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  bool: { const: (v, l) => must(v === l, `be ${l}`) },
  string: stringChecks,
  bytes: {
    min_len: (v, l) => must((v as Uint8Array).length >= Number(l), Number(l) === 1 ? 'not be empty' : `have at least ${l} bytes`),
    max_len: (v, l) => must((v as Uint8Array).length <= Number(l), `have at most ${l} bytes`),
  },
  duration: compare(seconds, 's'),
  repeated: {
    min_items: (v, l) => must((v as unknown[]).length >= Number(l), `have at least ${l} ${Number(l) === 1 ? 'item' : 'items'}`),
    max_items: (v, l) => must((v as unknown[]).length <= Number(l), `have at most ${l} ${Number(l) === 1 ? 'item' : 'items'}`),
    unique: (v, l) => must(l !== true || new Set((v as unknown[]).map(String)).size === (v as unknown[]).length, 'not repeat an item'),
  },
  map: {
    min_pairs: (v, l) => must(Object.keys(v as object).length >= Number(l), `have at least ${l} ${Number(l) === 1 ? 'entry' : 'entries'}`),
    max_pairs: (v, l) => must(Object.keys(v as object).length <= Number(l), `have at most ${l} entries`),
  },
}

const asList = (limit: unknown): unknown[] => (Array.isArray(limit) ? limit : [limit])
const letters = (value: unknown) => [...String(value)].length
const utf8Length = (value: unknown) => new TextEncoder().encode(String(value)).length

function isEmpty(value: unknown): boolean {
  if (typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array) return value.length === 0
  return typeof value === 'object' && value !== null ? Object.keys(value).length === 0 : !value
}
