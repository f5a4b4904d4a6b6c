import type { FastifyRequest } from 'fastify'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import type { DataplaneInsightSpec } from '../../core/kinds/dataplane-insight.js'
import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { Resource } from '../../core/resource.js'
import type { DataplaneOverview } from '../insights/dataplane-status.js'
import { meshInsight } from '../insights/mesh-insight.js'
import { type ExternalServiceLike, type ServiceInsight, serviceInsights } from '../insights/service-insight.js'
import { demandMesh } from './collection.js'
import type { ApiContext, RouteFamily } from './context.js'
import { badRequest, notFound } from './errors.js'
import { nameParameter, pageParameters, pageSchema } from './openapi/route-description.js'
import { pageOf, paginate } from './page.js'
import { param, pathParam } from './query.js'
import { type Answer, serve } from './route.js'

/** Types whose resources nobody stores: what they say is worked out when it is asked for. */
export const computedTypes: ReadonlySet<string> = new Set(['ServiceInsight', 'MeshInsight'])

/** How many resources, proxies and services there are and how they are: `service-insights`, `mesh-insights`, `global-insights`. */
export const insights: RouteFamily = (app, context) => {
  const services: Answer = {
    title: 'Could not retrieve resources',
    handler: (request) => listServices(context, request),
    describe: {
      summary: 'How services are.',
      query: [...pageParameters, nameParameter, typeParameter],
      answer: pageSchema({ type: 'object' }),
    },
  }
  const service: Answer = { title: 'Could not retrieve a resource', handler: (request) => oneService(context, request) }
  serve(app, '/service-insights', { GET: services })
  serve(app, '/meshes/:mesh/service-insights', { GET: services })
  serve(app, '/meshes/:mesh/service-insights/:name', { GET: service })
  serve(app, '/mesh-insights', { GET: { title: 'Could not retrieve resources', handler: (request) => listMeshes(context, request) } })
  serve(app, '/mesh-insights/:name', { GET: { title: 'Could not retrieve a resource', handler: (request) => oneMesh(context, request) } })
  serve(app, '/global-insights', { GET: { title: 'Could not retrieve global insights', handler: () => globalInsights(context) } })
}

async function listServices(context: ApiContext, request: FastifyRequest): Promise<object> {
  pageOf(request)
  const fits = serviceFilter(request)
  await demandMesh(context, request)
  const views = await Promise.all((await meshesOf(context, request)).map((mesh) => servicesOf(context, mesh)))
  return paginate(
    request,
    views
      .flat()
      .filter(fits)
      .map(({ view }) => view),
  )
}

async function oneService(context: ApiContext, request: FastifyRequest): Promise<object> {
  await demandMesh(context, request)
  const name = pathParam(request, 'name')
  const [mesh] = await meshesOf(context, request)
  const found = mesh && (await servicesOf(context, mesh)).find((one) => one.name === name)
  if (found === undefined) throw notFound('Could not retrieve a resource')
  return found.view
}

interface ServiceView {
  readonly name: string
  readonly insight: ServiceInsight
  readonly view: object
}

async function servicesOf(context: ApiContext, mesh: Resource<MeshSpec>): Promise<ServiceView[]> {
  const { items } = await context.store.list({ type: 'ExternalService', mesh: mesh.name })
  const externalServices = items.map(({ resource }) => resource.spec as ExternalServiceLike)
  const found = serviceInsights({ overviews: await overviewsOf(context, mesh.name), externalServices, exclusive: isExclusive(mesh) })
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, insight]) => {
      const { creationTime, modificationTime } = mesh
      return { name, insight, view: { type: 'ServiceInsight', mesh: mesh.name, name, creationTime, modificationTime, ...insight } }
    })
}

const serviceTypes = ['internal', 'external', 'gateway_delegated', 'gateway_builtin']
const typeParameter = { name: 'type', schema: { type: 'string' }, description: `Some of ${serviceTypes.join(', ')}, with commas.` }

function serviceFilter(request: FastifyRequest): (service: ServiceView) => boolean {
  const name = param(request, 'name')
  const types = param(request, 'type')
    .split(',')
    .map((type) => type.trim().toLowerCase())
    .filter((type) => type !== '')
  if (types.some((type) => !serviceTypes.includes(type))) throw badRequest(`unsupported service type, there are ${serviceTypes.join(', ')}`)
  return (service) => service.name.includes(name) && (types.length === 0 || types.includes(service.insight.serviceType ?? 'internal'))
}

async function listMeshes(context: ApiContext, request: FastifyRequest): Promise<object> {
  pageOf(request)
  const name = param(request, 'name')
  const list = paginate(
    request,
    (await meshesOf(context, request)).filter((mesh) => mesh.name.includes(name)),
  )
  return { ...list, items: await Promise.all(list.items.map((mesh) => meshView(context, mesh))) }
}

async function oneMesh(context: ApiContext, request: FastifyRequest): Promise<object> {
  const stored = await context.store.get({ type: 'Mesh', name: pathParam(request, 'name') })
  if (stored === undefined) throw notFound('Could not retrieve a resource')
  return meshView(context, stored.resource as Resource<MeshSpec>)
}

async function meshView(context: ApiContext, mesh: Resource<MeshSpec>): Promise<object> {
  const resources = new Map<string, number>()
  const { items } = await context.store.list({ mesh: mesh.name })
  for (const { resource } of items) {
    if (!resource.type.endsWith('Insight')) resources.set(resource.type, (resources.get(resource.type) ?? 0) + 1)
  }
  const policies = new Set([...resources.keys()].filter((type) => context.registry.byType(type)?.policy !== undefined))
  const { name, creationTime, modificationTime } = mesh
  const counts = meshInsight({ overviews: await overviewsOf(context, name), resources, policies, exclusive: isExclusive(mesh) })
  return { type: 'MeshInsight', name, creationTime, modificationTime, ...counts }
}

async function globalInsights({ store, registry, clock }: ApiContext): Promise<object> {
  const kinds = registry.kinds.filter(({ scope, type }) => scope === 'Global' && !type.endsWith('Insight'))
  const totals = await Promise.all(kinds.map(async ({ type }) => [type, { total: (await store.list({ type })).items.length }] as const))
  const resources = Object.fromEntries(totals.sort(([a], [b]) => (a < b ? -1 : 1)))
  return { type: 'GlobalInsights', creationTime: clock().toISOString(), resources }
}

/** The mesh that the path names, or all of them. */
async function meshesOf({ store }: ApiContext, request: FastifyRequest): Promise<Resource<MeshSpec>[]> {
  const name = pathParam(request, 'mesh')
  const { items } = await store.list({ type: 'Mesh' })
  return items.map(({ resource }) => resource as Resource<MeshSpec>).filter((mesh) => name === '' || mesh.name === name)
}

async function overviewsOf({ store }: ApiContext, mesh: string): Promise<DataplaneOverview[]> {
  const known = await store.list({ type: 'DataplaneInsight', mesh })
  const byName = new Map(known.items.map(({ resource }) => [resource.name, resource.spec as DataplaneInsightSpec]))
  const { items } = await store.list({ type: 'Dataplane', mesh })
  return items.map(({ resource }) => ({ dataplane: resource.spec as DataplaneSpec, insight: byName.get(resource.name) }))
}

function isExclusive({ spec }: Resource<MeshSpec>): boolean {
  return spec.meshServices?.mode === 'Exclusive'
}
