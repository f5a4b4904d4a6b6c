import { definePolicy } from '../policy.js'
import { match } from './match.js'
import { MeshRateLimit } from './schema.js'
import { gateway, inbound, zoneListener } from './translate.js'

/** How many requests and connections are taken. Source: Kuma docs, "MeshRateLimit". */
export const meshRateLimit = definePolicy({ kind: MeshRateLimit, match, slots: { inbound, gateway, zoneListener } })
