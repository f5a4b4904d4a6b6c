import type { FastifyInstance } from 'fastify'
import { insightKey } from '../../core/ownership.js'
import type { Kind } from '../../core/kind.js'
import type { Resource } from '../../core/resource.js'
import { find, findMany, type Paths, pathsFor, pathsOf } from './collection.js'
import type { ApiContext, RouteFamily } from './context.js'
import { listParameters, pageSchema } from './openapi/route-description.js'
import { serve } from './route.js'
import { specView, universalView } from './view.js'

/** What overviews were called before they were `<path>/_overview`. */
const olderSegments: Readonly<Record<string, string>> = {
  Dataplane: 'dataplanes+insights',
  Zone: 'zones+insights',
  ZoneIngress: 'zoneingresses+insights',
  ZoneEgress: 'zoneegressoverviews',
}

/** Proxies and zones together with what the control plane knows of their connections. */
export const overviews: RouteFamily = (app, context) => {
  for (const kind of context.registry.kinds) {
    const segment = olderSegments[kind.type]
    if (segment === undefined) continue
    for (const { collection, all } of pathsOf(kind)) {
      serveOverviews(app, context, kind, collection, (path) => `${path}/_overview`)
      if (all !== undefined) serve(app, `${all}/_overview`, { GET: listAnswer(context, kind) })
    }
    serveOlder(app, context, kind, pathsFor(kind.scope, segment))
  }
}

function serveOverviews(app: FastifyInstance, context: ApiContext, kind: Kind, collection: string, under: (path: string) => string): void {
  serve(app, under(collection), { GET: listAnswer(context, kind) })
  serve(app, under(`${collection}/:name`), { GET: oneAnswer(context, kind) })
}

function serveOlder(app: FastifyInstance, context: ApiContext, kind: Kind, { collection, all }: Paths): void {
  serveOverviews(app, context, kind, collection, (path) => path)
  if (all !== undefined) serve(app, all, { GET: listAnswer(context, kind) })
}

function listAnswer(context: ApiContext, kind: Kind) {
  return {
    title: 'Could not retrieve resources',
    handler: async (request: Parameters<typeof findMany>[1]) => {
      const list = await findMany(context, request, kind)
      const items = await Promise.all(
        list.items.map(async (resource) => overviewOf(context, kind, resource, await insightOf(context, resource))),
      )
      return { ...list, items }
    },
    describe: {
      summary: `${kind.displayName.plural} and their insights.`,
      query: listParameters(kind.type),
      answer: pageSchema({ type: 'object' }),
    },
  }
}

function oneAnswer(context: ApiContext, kind: Kind) {
  return {
    title: 'Could not retrieve insights',
    handler: async (request: Parameters<typeof find>[1]) => {
      const { resource } = await find(context, request, kind)
      return overviewOf(context, kind, resource, (await insightOf(context, resource)) ?? {})
    },
  }
}

async function insightOf({ store, registry }: ApiContext, resource: Resource): Promise<object | undefined> {
  const key = insightKey(resource)
  const stored = key && (await store.get(key))
  // Zones report to control planes that know them; a registry without their insight still shows it as it is kept.
  return stored && (registry.byType(stored.resource.type) ? specView(registry, stored.resource) : (stored.resource.spec as object))
}

/** `{ type: 'DataplaneOverview', ..., dataplane: {...}, dataplaneInsight: {...} }` */
function overviewOf({ registry }: ApiContext, kind: Kind, resource: Resource, insight: object | undefined): object {
  const field = kind.type.charAt(0).toLowerCase() + kind.type.slice(1)
  return {
    ...universalView(registry, kind, { ...resource, spec: {} }),
    type: `${kind.type}Overview`,
    [field]: specView(registry, resource),
    ...(insight !== undefined && { [`${field}Insight`]: insight }),
  }
}
