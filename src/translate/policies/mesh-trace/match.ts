import type { ProxyContext } from '../../proxy.js'
import { MeshTrace, type TraceBackend, type TraceConf } from './schema.js'

export interface MatchedTrace {
  readonly conf: TraceConf
  readonly backend: TraceBackend
}

/** An empty list of backends switches tracing off. */
export function match({ mesh, dataplane }: ProxyContext): MatchedTrace | undefined {
  const conf = mesh.rules.of<TraceConf>(MeshTrace, dataplane).single?.conf
  const backend = conf?.backends?.[0]
  return conf && backend && { conf, backend }
}
