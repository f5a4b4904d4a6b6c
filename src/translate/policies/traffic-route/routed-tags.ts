import type { MeshContext } from '../../mesh-context.js'
import type { Tags } from '../../tags.js'
import type { HttpRoute, RouteConf, TrafficRouteSpec } from './schema.js'

/** Tags of every destination of the mesh's TrafficRoutes. */
export function routedTags({ resourcesOf }: MeshContext): Tags[] {
  return resourcesOf<TrafficRouteSpec>('TrafficRoute').flatMap(({ spec: { conf } }) =>
    conf ? [conf, ...(conf.http ?? [])].flatMap(destinations) : [],
  )
}

function destinations({ destination, split = [] }: RouteConf | HttpRoute): Tags[] {
  return destination ? [destination] : split.map((entry) => entry.destination ?? {})
}
