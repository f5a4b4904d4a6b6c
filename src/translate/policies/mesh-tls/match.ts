import { listenerAddress, ownListeners } from '../../gateway/listener.js'
import type { Inbound, ProxyContext } from '../../proxy.js'
import { MeshTLS, type TlsConf } from './schema.js'

export interface MatchedTls {
  /** What is said of one inbound; empty where nothing is. */
  inbound(inbound: Inbound): TlsConf
  /** What the whole mesh agreed on. */
  readonly everywhere: TlsConf
}

/** Only where there is TLS, and a policy speaks of some part of the proxy. */
export function match(proxy: ProxyContext): MatchedTls | undefined {
  const { mesh, dataplane, inbounds, workloadIdentity } = proxy
  if (!mesh.mtls && !workloadIdentity) return undefined
  const rules = mesh.rules.of<TlsConf>(MeshTLS, dataplane).inbound
  const addresses = [...inbounds, ...ownListeners(proxy).map((listener) => listenerAddress(listener, proxy))]
  const some = addresses.find((address) => rules.forListener(address).length > 0)
  if (!some) return undefined
  return {
    inbound: (inbound) => rules.catchAll(inbound)?.conf ?? {},
    everywhere: rules.catchAll(some)?.conf ?? {},
  }
}
