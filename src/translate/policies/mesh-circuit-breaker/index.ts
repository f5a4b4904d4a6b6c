import { definePolicy } from '../policy.js'
import { match } from './match.js'
import { MeshCircuitBreaker } from './schema.js'
import { cluster, gateway, inbound } from './translate.js'

/** Limits of connections and requests, and when to leave an instance out. Source: Kuma docs, "MeshCircuitBreaker". */
export const meshCircuitBreaker = definePolicy({ kind: MeshCircuitBreaker, match, slots: { inbound, cluster, gateway } })
