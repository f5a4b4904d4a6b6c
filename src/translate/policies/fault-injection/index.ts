import { definePolicy } from '../policy.js'
import { egress } from './egress.js'
import { FaultInjection } from './schema.js'
import { inbound, match } from './translate.js'

/** Delayed, aborted and slowed down requests, to try what clients do. Source: Kuma docs, "Fault Injection". */
export const faultInjection = definePolicy({ kind: FaultInjection, match, slots: { inbound }, egress, readsTagsHeader: true })
