import { definePolicy } from '../policy.js'
import { HealthCheck } from './schema.js'
import { cluster, gateway, match } from './translate.js'

/** Probes that clients send to the instances of a service. Source: Kuma docs, "Health Check". */
export const healthCheck = definePolicy({ kind: HealthCheck, match, slots: { cluster, gateway } })
