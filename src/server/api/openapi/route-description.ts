/** A schema as OpenAPI 3.1 has them: JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>

export interface QueryParameter {
  readonly name: string
  readonly schema: Schema
  readonly description: string
  /** It may be given more than once. */
  readonly many?: boolean
}

/** What the description of the API says of one method of one path. */
export interface RouteDescription {
  readonly summary: string
  readonly query?: readonly QueryParameter[]
  readonly body?: Schema
  /** What is answered where all goes well. Default: any JSON. */
  readonly answer?: Schema
  /** What the answer is where it is not JSON. */
  readonly answerType?: string
  /** The status of that. Default: 200. */
  readonly statuses?: readonly number[]
}

/** A resource of a kind, by reference. */
export const resourceSchema = (type: string): Schema => ({ $ref: `#/components/schemas/${type}` })

/** A page of a list. */
export const pageSchema = (items: Schema): Schema => ({
  type: 'object',
  properties: { total: { type: 'integer' }, items: { type: 'array', items }, next: { type: ['string', 'null'] } },
  required: ['total', 'items', 'next'],
})

const text: Schema = { type: 'string' }

export const pageParameters: readonly QueryParameter[] = [
  { name: 'size', schema: { type: 'integer', minimum: 1, maximum: 1000, default: 100 }, description: 'How many at most.' },
  { name: 'offset', schema: { type: 'integer', minimum: 0, default: 0 }, description: 'How many to leave out before.' },
]

export const nameParameter: QueryParameter = { name: 'name', schema: text, description: 'Only those whose name has this in it.' }

/** How lists of resources may be narrowed. Labels are matched by `filter[labels.<key>]`, which no parameter can be named after. */
export function listParameters(type: string): readonly QueryParameter[] {
  const gateway: Schema = { enum: ['true', 'false', 'builtin', 'delegated'] }
  const tag = { name: 'tag', schema: text, many: true, description: '`<name>:<part of the value>`, all of them on one inbound.' }
  return [
    ...pageParameters,
    nameParameter,
    ...(type === 'Dataplane' ? [{ name: 'gateway', schema: gateway, description: 'Only gateways of that sort, or none.' }, tag] : []),
    ...(type === 'ExternalService' ? [tag] : []),
  ]
}

export const formatParameters: readonly QueryParameter[] = [
  { name: 'format', schema: { enum: ['universal', 'kubernetes', 'k8s'] }, description: 'In which form.' },
  { name: 'namespace', schema: text, description: "Of the Kubernetes form's metadata." },
]
