import { definePolicy } from '../policy.js'
import { TrafficRoute } from './schema.js'
import { routedTags } from './routed-tags.js'
import { cluster, match, outbound } from './translate.js'

/** Where the traffic of an outbound goes: split, L7 routes, load balancing. Source: Kuma docs, "Traffic Route". */
export const trafficRoute = definePolicy({ kind: TrafficRoute, match, slots: { sourceDestinationOutbound: outbound, cluster }, routedTags })
