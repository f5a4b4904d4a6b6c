import type { FastifyRequest } from 'fastify'
import type { Kind } from '../../core/kind.js'
import type { ControlPlane } from '../control-plane.js'
import { find, pathsOf } from './collection.js'
import type { ApiContext, RouteFamily } from './context.js'
import { serve } from './route.js'

type Issues = Pick<ControlPlane, 'issuesOf'>

const proxyTypes: ReadonlySet<string> = new Set(['Dataplane', 'ZoneIngress', 'ZoneEgress'])

/**
 * `GET .../{proxy}/_issues`, of Dataplanes, ZoneIngresses and ZoneEgresses: what could not be built for the proxy as it is connected
 * to this control plane, and what it does not get for that.
 */
export function issueRoutes(issues: Issues): RouteFamily {
  return (app, context) => {
    for (const kind of context.registry.kinds.filter(({ type }) => proxyTypes.has(type))) {
      for (const { collection } of pathsOf(kind)) {
        serve(app, `${collection}/:name/_issues`, {
          GET: { title: `Could not retrieve ${kind.type}`, handler: (request) => tell(context, issues, request, kind) },
        })
      }
    }
  }
}

async function tell(context: ApiContext, issues: Issues, request: FastifyRequest, kind: Kind): Promise<object> {
  const { resource } = await find(context, request, kind)
  const known = issues.issuesOf(resource)
  return { connected: known !== undefined, issues: known ?? [] }
}
