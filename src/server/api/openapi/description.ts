import type { Kind } from '../../../core/kind.js'
import { jsonSchema } from '../../../core/schema/json-schema.js'
import type { Served } from '../route.js'
import type { QueryParameter, Schema } from './route-description.js'

export interface DescriptionOptions {
  /** Of the control plane. */
  readonly version: string
  readonly kinds: readonly Kind[]
}

/** An OpenAPI 3.1 document. */
export interface OpenApi {
  readonly openapi: '3.1.0'
  readonly info: Schema
  readonly paths: Readonly<Record<string, Readonly<Record<string, Schema>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> } & Schema
  readonly security: readonly Schema[]
}

/** Describes what is served: each method of each path, with the schemas of all kinds. Pure. */
export function describeApi(served: readonly Served[], { version, kinds }: DescriptionOptions): OpenApi {
  const paths: Record<string, Record<string, Schema>> = {}
  for (const route of [...served].sort((a, b) => (a.url < b.url ? -1 : a.url > b.url ? 1 : 0))) {
    const path = templateOf(route.url)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: "Kuma's REST API", version },
    // Without any of them one is anonymous, which is enough for most.
    security: [{}, { userToken: [] }, { clientCertificate: [] }],
    paths,
    components: {
      schemas: { Error: errorSchema, ...Object.fromEntries(kinds.map((kind) => [kind.type, withoutDialect(jsonSchema(kind))])) },
      securitySchemes: { userToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }, clientCertificate: { type: 'mutualTLS' } },
    },
  }
}

/** `/meshes/:mesh` as `/meshes/{mesh}`. */
export function templateOf(url: string): string {
  return url.replace(/:(\w+)/g, '{$1}')
}

function operationOf({ url, method, answer: { title, describe } }: Served): Schema {
  const { body, statuses = [200], answer = {}, answerType = 'application/json' } = describe ?? {}
  const good = { description: 'As asked.', content: { [answerType]: { schema: answer } } }
  const bad = { description: title ?? 'Why not.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } }
  return {
    operationId: `${method.toLowerCase()}${url.replace(/[^A-Za-z0-9]+/g, '-')}`.replace(/-$/, ''),
    summary: describe?.summary ?? `${method} ${templateOf(url)}`,
    parameters: [...parametersIn(url), ...(describe?.query ?? []).map(queryParameter)],
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: { ...Object.fromEntries(statuses.map((status) => [String(status), good])), default: bad },
  }
}

function parametersIn(url: string): Schema[] {
  return [...url.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string', minLength: 1 } }))
}

function queryParameter({ name, schema, description, many }: QueryParameter): Schema {
  return { name, in: 'query', description, schema: many ? { type: 'array', items: schema } : schema }
}

function withoutDialect(schema: object): Schema {
  const { $schema: _, ...rest } = schema as Schema
  return rest
}

const text: Schema = { type: 'string' }
const listOf = (...fields: readonly string[]): Schema => ({
  type: 'array',
  items: { type: 'object', properties: Object.fromEntries(fields.map((field) => [field, text])), required: fields },
})

/** How the API says no. The fields that are doubled are those of older versions of Kuma. */
const errorSchema: Schema = {
  type: 'object',
  properties: {
    type: text,
    status: { type: 'integer', minimum: 400, maximum: 599 },
    title: text,
    detail: text,
    invalid_parameters: listOf('field', 'reason'),
    details: text,
    causes: listOf('field', 'message'),
  },
  required: ['type', 'status', 'title', 'detail'],
}
