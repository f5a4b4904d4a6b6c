import { definePolicy } from '../policy.js'
import { MeshProxyPatch } from './schema.js'
import { match, patch } from './translate.js'

/** Changes of the generated Envoy resources. Source: Kuma docs, "MeshProxyPatch". */
export const meshProxyPatch = definePolicy({ kind: MeshProxyPatch, match, slots: { patch } })
