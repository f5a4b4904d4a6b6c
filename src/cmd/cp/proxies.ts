import type { RequestListener } from 'node:http'
import type { Store } from '../../core/store.js'
import { isLoopback } from '../../server/api/loopback.js'
import { bootstrapListener } from '../../server/bootstrap/http.js'
import { createBootstrapService } from '../../server/bootstrap/service.js'
import { type ConnectionTaker, type DpServer, startDpServer } from '../../server/dp-server.js'
import type { CertificatePair } from '../../server/certificates.js'
import type { OwnCertificate } from '../../server/own-certificate.js'
import type { KubernetesApi } from '../../kubernetes-api/api.js'
import { serviceAccountAuthenticator } from '../../server/kubernetes/service-account-authenticator.js'
import { type ProxyAuthenticator, tokenAuthenticator, trustingAuthenticator } from '../../server/tokens/proxy-authenticator.js'
import type { Tokens } from '../../server/tokens/tokens.js'
import { registry } from '../../translate/kinds.js'
import type { Logger } from '../log.js'
import type { ControlPlaneMetrics } from './metrics/metrics.js'
import { ConfigFault, type KumaCpConfig } from './config.js'

/** Whether proxies need tokens: as the settings say, else wherever others than this machine can reach the server. */
export function demandsTokens({ dpServer: { interface: address, authn } }: KumaCpConfig): boolean {
  const { type } = authn.dpProxy
  return type === 'auto' ? !isLoopback(address) : type === 'dpToken'
}

/** How proxies prove who they are. In a cluster they have the token of their service account. @throws ConfigFault */
export function proxyAuthenticatorOf(
  config: KumaCpConfig,
  { tokens, zone, cluster }: { readonly tokens: Tokens; readonly zone: string; readonly cluster: KubernetesApi | undefined },
): { readonly authenticator: ProxyAuthenticator; readonly means: string } {
  const { type } = config.dpServer.authn.dpProxy
  if (type === 'serviceAccountToken' && !cluster) {
    throw new ConfigFault(
      'dpServer.authn.dpProxy.type (KUMA_DP_SERVER_AUTHN_DP_PROXY_TYPE): "serviceAccountToken" needs a cluster that is asked',
    )
  }
  if (cluster && (type === 'auto' || type === 'serviceAccountToken'))
    return { authenticator: serviceAccountAuthenticator({ api: cluster }), means: 'with tokens of service accounts' }
  if (demandsTokens(config)) return { authenticator: tokenAuthenticator(tokens, zone), means: 'with dataplane tokens' }
  return { authenticator: trustingAuthenticator, means: 'without tokens' }
}

export interface ProxyServerOptions {
  readonly store: Store
  readonly authenticator: ProxyAuthenticator
  readonly certificate: OwnCertificate
  readonly grpc: ConnectionTaker
  readonly metrics: Pick<ControlPlaneMetrics, 'proxies' | 'turnedAway'>
  readonly log: Logger
}

/** The server of proxies: xDS, and the bootstrap for their companions. `bootstrap` serves the latter elsewhere too. */
export async function startProxyServer(
  config: KumaCpConfig,
  { store, authenticator, certificate, grpc, metrics, log }: ProxyServerOptions,
): Promise<DpServer & { readonly bootstrap: RequestListener }> {
  let port = config.dpServer.port
  let own: CertificatePair = certificate
  const { adminPort, adminAddress } = config.bootstrapServer.params
  const service = createBootstrapService({
    store,
    registry,
    authenticator,
    healthDiscovery: config.dpServer.hds.enabled,
    admin: { port: adminPort, address: adminAddress },
    xds: {
      get port() {
        return port
      },
      get certificate() {
        return own.certificate
      },
    },
  })
  const answering = bootstrapListener(service, {
    onAnswer({ proxy, status, reason, error }) {
      const fields = { proxy, status, ...(reason !== undefined && { reason }), ...(error !== undefined && { err: error }) }
      if (status === 500) log.error(fields, 'bootstrap failed')
      else if (status === 200) log.info(fields, 'bootstrap sent')
      else log.warn(fields, 'bootstrap refused')
    },
  })
  const bootstrap = metrics.proxies.ofListener(answering, '/bootstrap')
  const onTooMany = () => metrics.turnedAway('xds', 'too-many-connections')
  const server = await startDpServer({ host: config.dpServer.interface, port, certificate, grpc, http: bootstrap, onTooMany })
  port = server.port
  return {
    ...server,
    bootstrap,
    renew(fresh) {
      own = fresh
      server.renew(fresh)
    },
  }
}
