import { definePolicy } from '../policy.js'
import { egress } from './egress.js'
import { TrafficPermission } from './schema.js'
import { inbound, match } from './translate.js'

/** Who may call which service, by tags. Source: Kuma docs, "Traffic Permissions". */
export const trafficPermission = definePolicy({ kind: TrafficPermission, match, slots: { inbound }, egress })
