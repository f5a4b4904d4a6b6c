import type { ResourceKey } from '../core/resource.js'
import type { Node } from '../gen/envoy/config/core/v3/base.js'
import type { ProxyKey } from '../translate/fleet.js'

/** Who is at the other end of a stream, as far as it says. */
export interface NodeIdentity {
  /** As the node wrote it. */
  readonly id: string
  /** Of the Dataplane, ZoneIngress or ZoneEgress that it says it is. */
  readonly proxy: ResourceKey
  readonly metadata: Readonly<Record<string, unknown>>
}

/** Source: `dataplane.proxyType` in the metadata. */
const proxyTypes: Readonly<Record<string, string>> = { dataplane: 'Dataplane', ingress: 'ZoneIngress', egress: 'ZoneEgress' }

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
  if (type !== 'Dataplane') return { id, proxy: { type, name }, metadata }
  return mesh === '' ? `node.id "${id}" names no mesh` : { id, proxy: { type, mesh, name }, metadata }
}

/** How a fleet knows the proxy. */
export function proxyKey({ type, mesh, name }: ResourceKey): ProxyKey {
  return type === 'Dataplane' ? { mesh, name } : { type, name }
}

/** The resource of a proxy of a fleet. */
export function resourceKey({ type, mesh, name }: ProxyKey): ResourceKey {
  return mesh === undefined ? { type: type ?? 'ZoneIngress', name } : { type: 'Dataplane', mesh, name }
}
