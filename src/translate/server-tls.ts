import type { TransportSocket } from '../gen/envoy/config/core/v3/base.js'
import { meshServerTls } from './envoy/tls.js'
import type { ProxyContext } from './proxy.js'

export interface ServerTls {
  readonly transportSocket: TransportSocket
  /** `STRICT`: nobody gets by without. */
  readonly mode: 'STRICT' | 'PERMISSIVE'
}

/** The TLS in front of a proxy's inbounds: that of its workload's own identity, else the mesh's mTLS, else none. */
export function serverTls({ mesh, secrets, workloadIdentity }: ProxyContext): ServerTls | undefined {
  const { mtls, name } = mesh
  if (workloadIdentity) {
    // SPIRE's validator looks at names itself.
    const domains = workloadIdentity.spire ? [] : trustedDomains(mesh)
    return { transportSocket: meshServerTls(secrets.workloadTls(workloadIdentity), ...domains), mode: 'STRICT' }
  }
  return mtls && { transportSocket: meshServerTls(secrets.meshTls(name), name), mode: mtls.mode }
}

/** Trust domains of a mesh in alphabetical order. Its own mTLS counts as one as soon as there is another. */
function trustedDomains({ name, mtls, trustDomains }: ProxyContext['mesh']): readonly string[] {
  if (trustDomains.size === 0) return []
  return [...new Set([...trustDomains.keys(), ...(mtls ? [name] : [])])].sort()
}
