import type { FastifyRequest } from 'fastify'
import { KumaError } from '../../core/errors.js'
import { goQuote } from '../../core/go.js'
import type { Issue } from '../../core/issue.js'
import type { Kind, Violation } from '../../core/kind.js'
import { parseObject } from '../../core/parse.js'
import type { Refusal } from '../../core/refusal.js'
import type { Resource } from '../../core/resource.js'
import { demandAccess } from './access.js'
import { bodyText } from './body.js'
import { demandMesh, keyOfPath } from './collection.js'
import type { ApiContext } from './context.js'
import { ApiError, invalid, notFound, refused } from './errors.js'
import { pathParam } from './query.js'

export interface Written {
  readonly created: boolean
  /** What the resource should rather say, and what of it was left out. */
  readonly warnings: readonly string[]
}

/** Creates or updates what the path names with what the body says. @throws ApiError 400, 403, 404, 409 */
export async function write(context: ApiContext, request: FastifyRequest, kind: Kind): Promise<Written> {
  await demandMesh(context, request)
  const exists = (await context.store.get(keyOfPath(request, kind))) !== undefined
  await demandAccess(context.access, request.user, exists ? 'update' : 'create', { kind })
  const { resource, issues } = read(context, request, kind)
  try {
    const outcome = await context.writer.put(resource)
    if (outcome.refusal !== undefined) throw refused(outcome.refusal)
    return { created: outcome.created, warnings: issues.map(sentence) }
  } catch (error) {
    if (error instanceof KumaError && error.code === 'no-owner') throw notFound('Failed to retrieve Mesh')
    throw error
  }
}

function read({ registry, rawFault }: ApiContext, request: FastifyRequest, kind: Kind): { resource: Resource; issues: readonly Issue[] } {
  const fields = fieldsOf(bodyText(request), kind)
  if (kind.encoding === 'openapi' && typeof fields['type'] === 'string' && fields['type'] !== kind.type) {
    throw invalid('Could not process a resource', [{ path: '', message: `type in body should be one of [${kind.type}]` }])
  }
  // The path says of which kind it is; a body that says otherwise is told so below.
  const [item] = parseObject({ ...fields, type: kind.type }, registry, { rawFault }).items
  const differing = mismatches(request, kind, fields)
  if (item?.resource === undefined) {
    if (item === undefined || !isAboutMeta(item.refusal))
      throw item ? refused(item.refusal) : undecodable(kind, 'there is no resource in it')
    throw invalid(item.refusal.title, [...differing, ...item.refusal.violations])
  }
  if (differing.length > 0) throw invalid('Could not process a resource', differing)
  return item
}

function fieldsOf(text: string, kind: Kind): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw undecodable(kind, (error as Error).message)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>
  throw undecodable(kind, `expected an object, found ${Array.isArray(value) ? 'a list' : JSON.stringify(value)}`)
}

function undecodable({ type }: Kind, reason: string): ApiError {
  return new ApiError(400, 'Bad Request', `invalid ${type} object: ${goQuote(reason)}`)
}

function mismatches(request: FastifyRequest, kind: Kind, fields: Readonly<Record<string, unknown>>): Violation[] {
  const expected: [string, string][] = [
    ['name', pathParam(request, 'name')],
    ['type', kind.type],
    ...(kind.scope === 'Mesh' ? ([['mesh', pathParam(request, 'mesh')]] as [string, string][]) : []),
  ]
  return expected
    .filter(([field, value]) => (fields[field] ?? '') !== value)
    .map(([field]) => ({ path: field, message: `${field} from the URL has to be the same as in body` }))
}

/** Whether a refusal is about the envelope: the peer tells that together with what differs from the path. */
function isAboutMeta({ violations }: Refusal): boolean {
  return violations.length > 0 && violations.every(({ path }) => path === 'name' || path === 'mesh' || path.startsWith('labels'))
}

function sentence({ path, message }: Issue): string {
  return path === '' ? message : `${path}: ${message}`
}
