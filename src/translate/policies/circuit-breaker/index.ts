import { definePolicy } from '../policy.js'
import { CircuitBreaker } from './schema.js'
import { cluster, gateway, match } from './translate.js'

/** Limits of connections and requests, and when to leave an instance out. Source: Kuma docs, "Circuit Breaker". */
export const circuitBreaker = definePolicy({ kind: CircuitBreaker, match, slots: { cluster, gateway } })
