import { routedTargets } from '../../routed-targets.js'
import { definePolicy } from '../policy.js'
import { gatewayHosts } from './gateway.js'
import { MeshTCPRoute } from './schema.js'
import { match, tcpSplits } from './translate.js'

/** Where the connections of an outbound go. Source: Kuma docs, "MeshTCPRoute". */
export const meshTcpRoute = definePolicy({
  kind: MeshTCPRoute,
  match,
  slots: { tcpSplits, gatewayHosts },
  routedTags: ({ resourcesOf }) => routedTargets(resourcesOf(MeshTCPRoute.type)),
})
