import { definePolicy } from '../policy.js'
import { egress } from './egress.js'
import { RateLimit } from './schema.js'
import { gateway, inbound, match, outbound } from './translate.js'

/** How many requests callers may make. Source: Kuma docs, "Rate Limit". */
export const rateLimit = definePolicy({ kind: RateLimit, match, slots: { inbound, outbound, gateway }, egress, readsTagsHeader: true })
