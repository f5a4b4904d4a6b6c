import { definePolicy } from '../policy.js'
import { MeshHealthCheck } from './schema.js'
import { cluster, match } from './translate.js'

/** Active health checks of a proxy's destinations. Source: Kuma docs, "MeshHealthCheck". */
export const meshHealthCheck = definePolicy({ kind: MeshHealthCheck, match, slots: { cluster } })
