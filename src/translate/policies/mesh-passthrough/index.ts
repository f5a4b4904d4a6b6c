import { definePolicy } from '../policy.js'
import { MeshPassthrough } from './schema.js'
import { match, proxy } from './translate.js'

/** What may leave the mesh past its services. Source: Kuma docs, "MeshPassthrough". */
export const meshPassthrough = definePolicy({ kind: MeshPassthrough, match, slots: { proxy } })
