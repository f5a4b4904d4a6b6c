import { definePolicy } from '../policy.js'
import { match } from './match.js'
import { MeshTrace } from './schema.js'
import { proxy } from './translate.js'

/** Spans of HTTP requests, sent to a collector. Source: Kuma docs, "MeshTrace". */
export const meshTrace = definePolicy({ kind: MeshTrace, match, slots: { proxy } })
