import { routedTargets } from '../../routed-targets.js'
import { definePolicy } from '../policy.js'
import { gatewayHosts } from './gateway.js'
import { match } from './match.js'
import { MeshHTTPRoute } from './schema.js'
import { httpRoutes } from './translate.js'

/** Where the HTTP requests of an outbound go. Source: Kuma docs, "MeshHTTPRoute". */
export const meshHttpRoute = definePolicy({
  kind: MeshHTTPRoute,
  match,
  slots: { httpRoutes, gatewayHosts },
  routedTags: ({ resourcesOf }) => routedTargets(resourcesOf(MeshHTTPRoute.type)),
})
