import { definePolicy } from '../policy.js'
import { TrafficLog } from './schema.js'
import { gateway, match, outbound, passthrough } from './translate.js'

/** Access logs of outgoing requests and connections. Source: Kuma docs, "Traffic Log". */
export const trafficLog = definePolicy({ kind: TrafficLog, match, slots: { outbound, gateway, proxy: passthrough } })
