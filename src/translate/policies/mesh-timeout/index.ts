import { definePolicy } from '../policy.js'
import { gateway } from './gateway.js'
import { match } from './match.js'
import { MeshTimeout } from './schema.js'
import { cluster, inbound, outbound } from './translate.js'
import { zoneListener } from './zone-listener.js'

/** Timeouts of connections and requests, on both sides. Source: Kuma docs, "MeshTimeout". */
export const meshTimeout = definePolicy({ kind: MeshTimeout, match, slots: { inbound, outbound, cluster, gateway, zoneListener } })
