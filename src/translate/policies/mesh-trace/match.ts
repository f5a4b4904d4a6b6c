import type { ProxyContext } from '../../proxy.js'
import { MeshTrace, type TraceBackend, type TraceConf } from './schema.js'

export interface TraceSettings {
  readonly conf: TraceConf
  readonly backend: TraceBackend
}

export interface MatchedTrace extends TraceSettings {
  /** What holds for a zone proxy that is part of the Dataplane. */
  zoneListener(section: string): TraceSettings | undefined
}

/** An empty list of backends switches tracing off. */
export function match({ mesh, dataplane }: ProxyContext): MatchedTrace | undefined {
  const rules = mesh.rules.of<TraceConf>(MeshTrace, dataplane)
  const settings = settingsOf(rules.single?.conf)
  return settings && { ...settings, zoneListener: (section) => settingsOf(rules.singleFor(section)?.conf) }
}

function settingsOf(conf: TraceConf | undefined): TraceSettings | undefined {
  const backend = conf?.backends?.[0]
  return conf && backend && { conf, backend }
}
