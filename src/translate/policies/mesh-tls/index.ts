import { definePolicy } from '../policy.js'
import { match } from './match.js'
import { MeshTLS } from './schema.js'
import { cluster, gateway, inbound, inboundMode, proxy } from './translate.js'

/** Whether mesh TLS is a must, and of which kind it is. Source: Kuma docs, "MeshTLS". */
export const meshTls = definePolicy({ kind: MeshTLS, match, slots: { inboundMode, inbound, cluster, gateway, proxy } })
