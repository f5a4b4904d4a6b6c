import type { FastifyRequest } from 'fastify'
import type { Kind } from '../../core/kind.js'
import type { Resource } from '../../core/resource.js'
import { resourceLists } from '../../translate/resource-lists.js'
import { type ProxySpec, createMeshRules, rulesReport } from '../../translate/rules/index.js'
import { demandAccess } from './access.js'
import { demandMesh, keyOfPath, pathsOf } from './collection.js'
import type { ApiContext, RouteFamily } from './context.js'
import { ApiError, notFound } from './errors.js'
import { pathParam } from './query.js'
import { serve } from './route.js'

/** Which kinds one can ask about, and the proxy that stands for a resource of each. */
const proxyOf: Readonly<Record<string, (resource: Resource) => Resource<ProxySpec>>> = {
  Dataplane: (resource) => resource as Resource<ProxySpec>,
  MeshGateway: servingProxy,
}

/** What the targetRef policies come to for a proxy: `/meshes/{mesh}/dataplanes/{name}/_rules`, and so for `meshgateways`. */
export const inspectRules: RouteFamily = (app, context) => {
  for (const kind of context.registry.kinds) {
    const toProxy = proxyOf[kind.type]
    if (toProxy === undefined) continue
    for (const { collection } of pathsOf(kind)) {
      serve(app, `${collection}/:name/_rules`, {
        GET: { title: `Could not retrieve ${kind.type}`, handler: (request) => rulesOf(context, request, kind, toProxy) },
      })
    }
  }
}

async function rulesOf(context: ApiContext, request: FastifyRequest, kind: Kind, toProxy: (resource: Resource) => Resource<ProxySpec>) {
  const { store, registry, access } = context
  await demandMesh(context, request)
  await demandAccess(access, request.user, 'get', { kind })
  const asked = await store.get(keyOfPath(request, kind))
  if (asked === undefined) throw notFound(`Could not retrieve ${kind.type}`)
  const proxy = toProxy(asked.resource)
  const name = pathParam(request, 'mesh')
  const own = await store.list({ mesh: name })
  const mesh = await store.get({ type: 'Mesh', name })
  if (mesh === undefined) throw notFound('Failed to retrieve Mesh')
  const types = resourceLists([mesh, ...own.items].map(({ resource }) => resource))
  const resourcesOf = <Spec>(type: string) => (types.get(type) ?? []) as readonly Resource<Spec>[]
  const kinds = registry.kinds.filter(({ policy }) => policy?.matching === 'targetRef')
  return rulesReport(createMeshRules({ name, resourcesOf }), kinds, mesh.resource, proxy)
}

/** A proxy that would serve the gateway: one with the tags of its first selector. */
function servingProxy(gateway: Resource): Resource<ProxySpec> {
  const { selectors = [] } = gateway.spec as { readonly selectors?: readonly { readonly match?: Readonly<Record<string, string>> }[] }
  const [first] = selectors
  if (first === undefined) throw new ApiError(400, 'Invalid MeshGateway', 'no selectors on MeshGateway this is not supported')
  return { ...gateway, spec: { networking: { gateway: { type: 'BUILTIN', tags: first.match ?? {} } } } }
}
