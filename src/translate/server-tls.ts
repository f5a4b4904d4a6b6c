import type { TransportSocket } from '../gen/envoy/config/core/v3/base.js'
import { meshServerTls } from './envoy/tls.js'
import type { ProxyContext } from './proxy.js'

/** `STRICT`: nobody gets by without TLS. */
export type TlsMode = 'STRICT' | 'PERMISSIVE'

export interface ServerTls {
  readonly transportSocket: TransportSocket
  readonly mode: TlsMode
}

/** What holds where no policy demands a mode: a workload's own identity is strict, the mesh's mTLS says so itself. */
export function inboundMode({ mesh, workloadIdentity }: ProxyContext, demanded?: TlsMode): TlsMode {
  return demanded ?? (workloadIdentity ? 'STRICT' : (mesh.mtls?.mode ?? 'STRICT'))
}

/**
 * The TLS in front of a proxy's inbounds: that of its workload's own identity, else the mesh's mTLS, else none.
 * @param demanded what a policy says of the mode
 */
export function serverTls(proxy: ProxyContext, demanded?: TlsMode): ServerTls | undefined {
  const { mesh, secrets, workloadIdentity } = proxy
  const { mtls, name } = mesh
  const mode = inboundMode(proxy, demanded)
  if (workloadIdentity) {
    // SPIRE's validator looks at names itself.
    const domains = workloadIdentity.spire ? [] : trustedDomains(mesh)
    return { transportSocket: meshServerTls(secrets.workloadTls(workloadIdentity), ...domains), mode }
  }
  return mtls && { transportSocket: meshServerTls(secrets.meshTls(name), name), mode }
}

/** Trust domains of a mesh in alphabetical order. Its own mTLS counts as one as soon as there is another. */
function trustedDomains({ name, mtls, trustDomains }: ProxyContext['mesh']): readonly string[] {
  if (trustDomains.size === 0) return []
  return [...new Set([...trustDomains.keys(), ...(mtls ? [name] : [])])].sort()
}
