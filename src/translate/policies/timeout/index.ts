import { definePolicy } from '../policy.js'
import { Timeout } from './schema.js'
import { cluster, gateway, match, outbound } from './translate.js'

/** Timeouts of outgoing connections and requests. Source: Kuma docs, "Timeout". */
export const timeout = definePolicy({ kind: Timeout, match, slots: { outbound, cluster, gateway } })
