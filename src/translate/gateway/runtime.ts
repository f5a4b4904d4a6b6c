import type { Runtime } from '../../gen/envoy/service/runtime/v3/rtds.js'
import { names } from '../names.js'

/** The runtime layer that holds a gateway's connection limits. Envoy asks for it even where there are none. */
export function gatewayRuntime(limits: Readonly<Record<string, number>>): Runtime {
  const layer = Object.fromEntries(Object.entries(limits).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { name: names.gatewayRuntime, layer }
}
