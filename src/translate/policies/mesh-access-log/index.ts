import { definePolicy } from '../policy.js'
import { match } from './match.js'
import { MeshAccessLog } from './schema.js'
import { proxy } from './translate.js'

/** Logs of requests and connections, on both sides. Source: Kuma docs, "MeshAccessLog". */
export const meshAccessLog = definePolicy({ kind: MeshAccessLog, match, slots: { proxy } })
