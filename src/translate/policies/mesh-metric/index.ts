import { definePolicy } from '../policy.js'
import { match } from './match.js'
import { MeshMetric } from './schema.js'
import { proxy } from './translate.js'

/** Metrics of proxies and their applications, for Prometheus or an OpenTelemetry collector. Source: Kuma docs, "MeshMetric". */
export const meshMetric = definePolicy({ kind: MeshMetric, match, slots: { proxy } })
