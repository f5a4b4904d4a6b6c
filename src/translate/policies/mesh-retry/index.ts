import { definePolicy } from '../policy.js'
import { match } from './match.js'
import { MeshRetry } from './schema.js'
import { gateway, outbound } from './translate.js'

/** Which failed requests and connections are tried again. Source: Kuma docs, "MeshRetry". */
export const meshRetry = definePolicy({ kind: MeshRetry, match, slots: { outbound, gateway } })
