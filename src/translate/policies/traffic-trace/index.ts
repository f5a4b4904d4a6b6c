import { definePolicy } from '../policy.js'
import { TrafficTrace } from './schema.js'
import { collectorCluster, gateway, inbound, match, outbound } from './translate.js'

/** Spans of HTTP requests, sent to a collector. Source: Kuma docs, "Traffic Trace". */
export const trafficTrace = definePolicy({ kind: TrafficTrace, match, slots: { inbound, outbound, gateway, proxy: collectorCluster } })
