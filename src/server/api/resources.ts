import type { FastifyInstance } from 'fastify'
import type { Kind } from '../../core/kind.js'
import { find, findMany, pathsOf } from './collection.js'
import { type ApiContext, isReadOnly, type RouteFamily } from './context.js'
import { ApiError } from './errors.js'
import { formatParameters, listParameters, pageSchema, resourceSchema } from './openapi/route-description.js'
import { remove } from './remove.js'
import { type Answer, type Handler, serve } from './route.js'
import { universalView, viewAsAsked } from './view.js'
import { write } from './write.js'

/** Create, read, list, update and delete for every kind, under all of its paths. */
export const resources: RouteFamily = (app, context) => {
  for (const kind of context.registry.kinds) {
    // Their views are computed, by a family of their own.
    if (context.computed.has(kind.type)) continue
    for (const { collection, all } of pathsOf(kind)) {
      serve(app, collection, { GET: listOf(context, kind) })
      if (all !== undefined) serve(app, all, { GET: listOf(context, kind) })
      serveOne(app, context, kind, `${collection}/:name`)
    }
  }
}

function serveOne(app: FastifyInstance, context: ApiContext, kind: Kind, url: string): void {
  const changeable = (handler: Handler): Handler => (isReadOnly(context, kind) ? refuseChange(context) : handler)
  serve(app, url, {
    GET: {
      title: 'Could not retrieve a resource',
      handler: async (request) => {
        const { resource } = await find(context, request, kind)
        return viewAsAsked(request, context.registry, kind, resource)
      },
      describe: { summary: `One ${kind.type}.`, query: formatParameters, answer: { type: 'object' } },
    },
    PUT: {
      title: 'Could not process a resource',
      handler: changeable(async (request, reply) => {
        const { created, warnings } = await write(context, request, kind)
        reply.code(created ? 201 : 200)
        return warnings.length > 0 ? { warnings } : {}
      }),
      describe: { summary: `Creates or replaces a ${kind.type}.`, body: resourceSchema(kind.type), answer: written, statuses: [200, 201] },
    },
    DELETE: {
      title: 'Could not delete a resource',
      handler: changeable(async (request) => {
        await remove(context, request, kind)
        return {}
      }),
      describe: { summary: `Deletes a ${kind.type}.`, answer: { type: 'object' } },
    },
  })
}

const written = { type: 'object', properties: { warnings: { type: 'array', items: { type: 'string' } } } }

function listOf(context: ApiContext, kind: Kind): Answer {
  return {
    title: 'Could not retrieve resources',
    handler: async (request) => {
      const list = await findMany(context, request, kind)
      return { ...list, items: list.items.map((resource) => universalView(context.registry, kind, resource)) }
    },
    describe: { summary: `${kind.displayName.plural}.`, query: listParameters(kind.type), answer: pageSchema({ type: 'object' }) },
  }
}

function refuseChange({ readOnly }: ApiContext): Handler {
  const reason = readOnly
    ? `this API is read-only: ${readOnly}`
    : 'resources of this kind are written by the control plane itself and can only be read'
  return () => {
    throw new ApiError(405, 'Method not allowed', reason)
  }
}
