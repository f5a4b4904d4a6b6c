import { definePolicy } from '../policy.js'
import { egress } from './egress.js'
import { MeshTrafficPermission } from './schema.js'
import { inbound, match, zoneListener } from './translate.js'

/** Who may call what, by identity. Source: Kuma docs, "MeshTrafficPermission". */
export const meshTrafficPermission = definePolicy({ kind: MeshTrafficPermission, match, slots: { inbound, zoneListener }, egress })
