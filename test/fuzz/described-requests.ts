import * as fc from 'fast-check'
import type { OpenApi } from '../../src/server/api/openapi/description.js'
import type { Schema } from '../../src/server/api/openapi/route-description.js'

export interface DescribedRequest {
  readonly operation: { readonly path: string; readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE' }
  readonly url: string
  readonly payload?: string
}

/** Texts that have broken servers before. */
const hostile = fc.constantFrom(
  ...['', ' ', '..', '../../etc/passwd', '%00', '\u0000', '%', '%2e%2e%2f', "'", '"', '`', '$(id)', '{{.}}', '<script>'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', '-1', '1e999', 'NaN', '9007199254740993', '0x10', 'null', 'true'],
  ...['ÿ', '𝒳', '\ud800', 'a'.repeat(5000), '((((a+)+)+)+)$', '[[[[', '*', '-', '_', ':', '/', '?', '#', '\r\nx: y'],
)
const anything: fc.Arbitrary<unknown> = fc.oneof(fc.jsonValue({ maxDepth: 3 }), hostile, fc.constantFrom(1e308, -0, 2 ** 53, -(2 ** 31)))
/** Some exist, as far as earlier requests made them. */
const usualNames = fc.constantFrom('default', 'a', 'b', 'web', 'kuma.io/service', '10.0.0.1', '10s', 'http')
const texts = fc.oneof({ weight: 6, arbitrary: usualNames }, { weight: 1, arbitrary: hostile }, { weight: 1, arbitrary: fc.string() })

/** Most of what is asked is about what is there. */
const meshes = fc.oneof({ weight: 5, arbitrary: fc.constant('default') }, { weight: 1, arbitrary: texts })

/** Values that a schema allows, as far as it says; where it says nothing, any. */
export function valuesOf(schema: Schema, depth = 0): fc.Arbitrary<unknown> {
  const { const: only, enum: some, anyOf, oneOf, type } = schema
  if ('const' in schema) return fc.constant(only)
  if (Array.isArray(some)) return fc.constantFrom(...some)
  const choices = (anyOf ?? oneOf) as readonly Schema[] | undefined
  if (choices) return fc.oneof(...choices.map((choice) => valuesOf(choice, depth)))
  if (type === 'object') return objectsOf(schema, depth)
  if (type === 'array') {
    const { minItems = 0 } = schema as { minItems?: number }
    return fc.array(valuesOf((schema['items'] as Schema | undefined) ?? {}, depth + 1), {
      minLength: minItems,
      maxLength: depth > 4 ? minItems : minItems + 2,
    })
  }
  if (type === 'integer' || type === 'number') {
    const { minimum = -5, maximum = 100_000 } = schema as { minimum?: number; maximum?: number }
    const [min, max] = [Math.max(minimum, -(2 ** 31)), Math.min(maximum, 2 ** 31)]
    return type === 'integer' ? fc.integer({ min: Math.ceil(min), max: Math.floor(max) }) : fc.double({ min, max, noNaN: true })
  }
  if (type === 'boolean') return fc.boolean()
  if (type === 'string') return texts
  return anything
}

function objectsOf(schema: Schema, depth: number): fc.Arbitrary<unknown> {
  const {
    properties = {},
    required = [],
    additionalProperties,
  } = schema as {
    properties?: Readonly<Record<string, Schema>>
    required?: readonly string[]
    additionalProperties?: Schema | boolean
  }
  const wanted = Object.entries(properties).filter(([name]) => depth < 5 || required.includes(name))
  const known = fc.record(Object.fromEntries(wanted.map(([name, own]) => [name, valuesOf(own, depth + 1)])), {
    requiredKeys: required.filter((name) => name in properties),
  })
  if (typeof additionalProperties !== 'object' || wanted.length > 0) return known
  return fc.dictionary(texts, valuesOf(additionalProperties, depth + 1), { maxKeys: 2, noNullPrototype: true })
}

/** A value with something in it that is not as it should be. */
function nearly(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(values, fc.nat(), anything).map(([value, at, other]) => {
    const copy = structuredClone(value)
    const places: { readonly of: Record<string, unknown>; readonly key: string }[] = []
    const visit = (one: unknown): void => {
      if (typeof one !== 'object' || one === null) return
      for (const key of Object.keys(one)) {
        places.push({ of: one as Record<string, unknown>, key })
        visit((one as Record<string, unknown>)[key])
      }
    }
    visit(copy)
    const place = places[at % Math.max(1, places.length)]
    if (!place) return other
    if (at % 5 === 0) delete place.of[place.key]
    else place.of[place.key] = other
    return copy
  })
}

interface Operation {
  readonly parameters: readonly { readonly name: string; readonly in: 'path' | 'query'; readonly schema: Schema }[]
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
}

/**
 * Requests that a description allows, that it nearly allows, and that are meant ill.
 * @param samples bodies that are known to be good, by the name of their schema
 */
export function requestsOf(
  { paths, components }: OpenApi,
  samples: ReadonlyMap<string, readonly object[]>,
): fc.Arbitrary<DescribedRequest> {
  const nameIn = (schema: Schema) => String(schema['$ref']).split('/').at(-1) ?? ''
  const resolved = (schema: Schema) => components.schemas[nameIn(schema)] ?? schema
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path,
      method: method.toUpperCase() as 'GET',
      ...(operation as unknown as Operation),
    })),
  )
  return fc.constantFrom(...operations).chain(({ path, method, parameters, requestBody }) => {
    const inPath = parameters.filter((one) => one.in === 'path')
    const inQuery = parameters.filter((one) => one.in === 'query')
    const names = fc.tuple(...inPath.map(({ name }) => (name === 'mesh' ? meshes : texts)))
    const query = fc.array(
      fc.oneof(
        ...inQuery.map(({ name, schema }) =>
          fc.tuple(fc.constant(name), fc.oneof({ weight: 3, arbitrary: valuesOf(schema) }, { weight: 1, arbitrary: hostile })),
        ),
        fc.tuple(fc.oneof(hostile, fc.constantFrom('filter[labels.a]', 'filter[x', 'size', 'format')), hostile),
      ),
      { maxLength: 3 },
    )
    const schema = requestBody?.content['application/json'].schema
    const body = schema && bodiesOf(resolved(schema), samples.get(nameIn(schema)) ?? [])
    return fc.tuple(names, query, body ?? fc.constant(undefined)).map(([named, asked, made]): DescribedRequest => {
      const values = new Map(inPath.map(({ name }, i) => [name, named[i] ?? '']))
      const filled = path.replace(/{(\w+)}/g, (_, name) => encoded(values.get(name) ?? ''))
      const search = asked.map(([name, value]) => `${encoded(name)}=${encoded(String(value))}`).join('&')
      const payload = typeof made === 'function' ? made(values) : made
      return { operation: { path, method }, url: search ? `${filled}?${search}` : filled, ...(payload !== undefined && { payload }) }
    })
  })
}

type Body = string | ((values: ReadonlyMap<string, string>) => string)

/** Those with `values` name what the path names. */
function bodiesOf(schema: Schema, samples: readonly object[]): fc.Arbitrary<Body> {
  const valid = samples.length > 0 ? fc.oneof(valuesOf(schema), fc.constantFrom(...samples)) : valuesOf(schema)
  const named = (value: unknown) => (values: ReadonlyMap<string, string>) =>
    JSON.stringify({ ...(value as object), ...Object.fromEntries(values) })
  return fc.oneof(
    { weight: 4, arbitrary: valid.map((value): Body => named(value)) },
    {
      weight: 4,
      arbitrary: nearly(valid).map(
        (value): Body => (typeof value === 'object' && value !== null && !Array.isArray(value) ? named(value) : JSON.stringify(value)),
      ),
    },
    { weight: 1, arbitrary: anything.map((value): Body => JSON.stringify(value) ?? '') },
    {
      weight: 1,
      arbitrary: fc.oneof(fc.string(), hostile, fc.constantFrom('{"a":', '['.repeat(3000), '{"a":1,"a":2}', '{"__proto__":{"x":1}}')),
    },
  )
}

/** Lone surrogates are no text of a URL. */
const encoded = (text: string) => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '')).replace(/^$/, '%20')
