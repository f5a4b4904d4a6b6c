import { definePolicy } from '../policy.js'
import { egress, egressEndpoints } from './egress.js'
import { match } from './match.js'
import { MeshLoadBalancingStrategy } from './schema.js'
import { outbound, proxy } from './translate.js'

/** Which instance gets a request, and of which zone. Source: Kuma docs, "MeshLoadBalancingStrategy". */
export const meshLoadBalancingStrategy = definePolicy({
  kind: MeshLoadBalancingStrategy,
  match,
  slots: { outbound, proxy },
  egress,
  egressEndpoints,
})
