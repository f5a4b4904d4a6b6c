import type { FastifyRequest } from 'fastify'
import type { Kind, Violation } from '../../core/kind.js'
import type { Resource } from '../../core/resource.js'
import { invalid } from './errors.js'
import { param, params } from './query.js'

type Predicate = (resource: Resource) => boolean

type Tags = Readonly<Record<string, string>>

/** What lists may be narrowed by: `name`, `filter[labels.<key>]`; where the kind has tags `tag`; dataplanes `gateway`. */
export function filterOf(request: FastifyRequest, kind: Kind): Predicate {
  const name = param(request, 'name')
  const predicates = [(resource: Resource) => resource.name.includes(name), ...labelFilters(request)]
  if (kind.type === 'Dataplane') predicates.push(gatewayFilter(request), tagFilter(request, dataplaneTags))
  if (kind.type === 'ExternalService') predicates.push(tagFilter(request, (spec) => [(spec as { tags?: Tags } | undefined)?.tags ?? {}]))
  return (resource) => predicates.every((fits) => fits(resource))
}

function labelFilters(request: FastifyRequest): Predicate[] {
  const violations: Violation[] = []
  const predicates: Predicate[] = []
  const start = 'filter[labels.'
  for (const [field, value] of Object.entries(request.query as Readonly<Record<string, string | string[]>>)) {
    if (!field.startsWith('filter[')) continue
    const end = field.indexOf(']')
    if (!field.startsWith(start)) {
      violations.push({ path: `${routeOf(request)}.${field}`, message: 'filters are only supported on labels' })
    } else if (end !== field.length - 1) {
      violations.push({ path: `${routeOf(request)}.${field}`, message: 'advanced filters are not supported' })
    } else {
      const label = field.slice(start.length, end)
      const wanted = typeof value === 'string' ? value : value.at(-1)
      predicates.push(({ labels }) => Object.hasOwn(labels, label) && labels[label] === wanted)
    }
  }
  if (violations.length > 0) throw invalid('Could not retrieve resources', violations)
  return predicates
}

interface DataplaneLike {
  readonly networking?: {
    readonly gateway?: { readonly tags?: Tags; readonly type?: string }
    readonly inbound?: readonly { readonly tags?: Tags }[]
  }
}

function gatewayFilter(request: FastifyRequest): Predicate {
  const mode = param(request, 'gateway').toLowerCase()
  const gateway = ({ spec }: Resource) => (spec as DataplaneLike | undefined)?.networking?.gateway
  if (mode === '') return () => true
  if (mode === 'true') return (resource) => gateway(resource) !== undefined
  if (mode === 'false') return (resource) => gateway(resource) === undefined
  if (mode === 'builtin') return (resource) => gateway(resource)?.type === 'BUILTIN'
  if (mode === 'delegated') return (resource) => gateway(resource) !== undefined && gateway(resource)?.type !== 'BUILTIN'
  const message = `shoud use \`true\`, \`false\`, 'builtin' or 'delegated' instead of ${mode}`
  throw invalid('Could not retrieve resources', [{ path: `${routeOf(request)}.gateway`, message }])
}

function dataplaneTags(spec: unknown): readonly Tags[] {
  const networking = (spec as DataplaneLike | undefined)?.networking
  return [...(networking?.inbound ?? []).map(({ tags = {} }) => tags), networking?.gateway?.tags ?? {}]
}

/** `tag=<name>:<part of the value>`, all of them on one inbound; parameters of another form don't count. */
function tagFilter(request: FastifyRequest, tagSets: (spec: unknown) => readonly Tags[]): Predicate {
  const wanted = params(request, 'tag').flatMap((text) => {
    const colon = text.indexOf(':')
    return colon === -1 ? [] : [[text.slice(0, colon), text.slice(colon + 1)] as const]
  })
  const fits = (tags: Tags) =>
    wanted.every(([name, part]) => Object.hasOwn(tags, name) && (part === '*' || tags[name]?.includes(part) === true))
  return ({ spec }) => wanted.length === 0 || tagSets(spec).some(fits)
}

/** The path as Kuma's documents write it: `/meshes/{mesh}/dataplanes`. */
function routeOf(request: FastifyRequest): string {
  return (request.routeOptions.url ?? '').replace(/:(\w+)/g, '{$1}')
}
