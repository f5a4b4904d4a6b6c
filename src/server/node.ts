import type { Node } from '../gen/envoy/config/core/v3/base.js'
import type { ProxyKey } from '../translate/fleet.js'

/** What kind of proxy a node says it is, by the type of its resource. Source: `dataplane.proxyType` in its metadata. */
export type ProxyType = 'Dataplane' | 'ZoneIngress' | 'ZoneEgress'

/** Who is at the other end of a stream, as far as it says. */
export interface NodeIdentity {
  /** As the node wrote it. */
  readonly id: string
  readonly type: ProxyType
  readonly proxy: ProxyKey
  readonly metadata: Readonly<Record<string, unknown>>
}

const proxyTypes: Readonly<Record<string, ProxyType>> = { dataplane: 'Dataplane', ingress: 'ZoneIngress', egress: 'ZoneEgress' }

/** Reads a node; what is wrong with it, as text, where it can't be served. Source: Kuma's node id `<mesh>.<name>`; no mesh has a dot. */
export function identify(node: Node | undefined): NodeIdentity | string {
  const id = node?.id ?? ''
  if (id === '') return 'the first request of a stream must carry node.id, "<mesh>.<name of the proxy>"'
  const dot = id.indexOf('.')
  const name = id.slice(dot + 1)
  if (dot < 0 || name === '') return `node.id "${id}" is not of the form "<mesh>.<name of the proxy>"`
  const metadata: Readonly<Record<string, unknown>> = node?.metadata ?? {}
  const told = metadata['dataplane.proxyType']
  const type = typeof told === 'string' && told !== '' ? proxyTypes[told] : 'Dataplane'
  if (!type) return `metadata["dataplane.proxyType"] "${String(told)}" is not one of ${Object.keys(proxyTypes).join(', ')}`
  const mesh = id.slice(0, dot)
  if (type === 'Dataplane' && mesh === '') return `node.id "${id}" names no mesh`
  return { id, type, proxy: { mesh, name }, metadata }
}
