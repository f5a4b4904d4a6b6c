import { definePolicy } from '../policy.js'
import { gateway, inbound, match, zoneListener } from './translate.js'
import { MeshFaultInjection } from './schema.js'

/** Delayed, aborted and slowed down requests, to try what clients do. Source: Kuma docs, "MeshFaultInjection". */
export const meshFaultInjection = definePolicy({
  kind: MeshFaultInjection,
  match,
  slots: { inbound, gateway, zoneListener },
  readsTagsHeader: true,
})
