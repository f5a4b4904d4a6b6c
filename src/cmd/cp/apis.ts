import type { RequestListener } from 'node:http'
import type { Server } from 'node:https'
import type { FastifyInstance } from 'fastify'
import type { Store } from '../../core/store.js'
import { rawFault } from '../../protojson/index.js'
import { type About, type ApiOptions, clientCertificateAuthenticator, createAccess, createApi } from '../../server/api/index.js'
import { convergenceRoutes } from '../../server/api/convergence.js'
import { issueRoutes } from '../../server/api/issues.js'
import type { ControlPlane } from '../../server/control-plane.js'
import type { OutsideData } from '../../server/outside-data.js'
import type { WriteRule } from '../../server/resource-writer.js'
import type { CertificatePair } from '../../server/certificates.js'
import type { OwnCertificate } from '../../server/own-certificate.js'
import { startApiPort } from '../../server/shared-port.js'
import { userTokenAuthenticator } from '../../server/tokens/access.js'
import { type Issuers, tokenRoutes } from '../../server/tokens/routes.js'
import type { Tokens } from '../../server/tokens/tokens.js'
import { registry } from '../../translate/kinds.js'
import type { Logger } from '../log.js'
import { accessListsOf } from './access-settings.js'
import { followRenewals } from './certificates.js'
import { readClientCas } from './client-cas.js'
import { type KumaCpConfig, shownConfig } from './config.js'
import type { ControlPlaneMetrics } from './metrics/metrics.js'
import type { Opened } from './opened.js'

export interface ApisOptions {
  readonly store: Store
  readonly about: About
  readonly tokens: Tokens
  readonly controlPlane: Pick<ControlPlane, 'convergence' | 'settled' | 'issuesOf'>
  readonly rules: readonly WriteRule[]
  /** Files that provided CAs may be in. */
  readonly outside: OutsideData
  readonly certificate: OwnCertificate
  /** Serves the bootstrap over plain HTTP, on the port of the API's HTTPS. */
  readonly bootstrap: RequestListener
  readonly metrics: Pick<ControlPlaneMetrics, 'turnedAway' | 'api'>
  readonly log: Logger
  readonly opened: Opened
}

export const rawIsOff =
  'raw Envoy configuration is switched off on this control plane (policies.rawEnvoyConfiguration, KUMA_POLICIES_RAW_ENVOY_CONFIGURATION)'

const turnedAwayFor = { 401: 'unauthenticated', 403: 'denied', 429: 'too-many' } as const

/** The REST API over HTTP and HTTPS. */
export async function startApis(config: KumaCpConfig, options: ApisOptions): Promise<void> {
  const { http, https } = config.apiServer
  const { opened, certificate } = options
  if (http.enabled) {
    const app = apiOf(config, options)
    opened.add(() => app.close())
    await app.listen({ host: http.interface, port: http.port })
    const address = app.server.address()
    opened.tell('API over HTTP', http.interface, typeof address === 'object' && address ? address.port : http.port)
  }
  if (https.enabled) {
    const ca = readClientCas(config.apiServer)
    const app = apiOf(config, options, { cert: certificate.certificate, key: certificate.privateKey, ca, requestCert: ca !== undefined })
    opened.add(() => app.close())
    await app.ready()
    const port = await startApiPort({ host: https.interface, port: https.port, secure: app.server, plain: options.bootstrap })
    opened.add(() => port.close())
    opened.tell('API over HTTPS, bootstrap over HTTP', port.host, port.port)
    const renew = (pair: CertificatePair) =>
      (app.server as Server).setSecureContext({ cert: pair.certificate, key: pair.privateKey, ca, minVersion: 'TLSv1.2' })
    opened.add(followRenewals(certificate, renew, options.log))
  }
}

function apiOf(config: KumaCpConfig, options: ApisOptions, tls?: ApiOptions['tls']): FastifyInstance {
  const { store, about, tokens, controlPlane, rules, outside, metrics, log } = options
  const app = createApi({
    store,
    registry,
    about,
    rules,
    outside,
    unsafeDelete: config.store.unsafeDelete,
    tls,
    zone: config.multizone.zone.name,
    mayChangeCa: config.identities.backendChange,
    config: () => shownConfig(config),
    rawFault: config.policies.rawEnvoyConfiguration ? rawFault : () => rawIsOff,
    access: createAccess({
      authenticators: [userTokenAuthenticator(tokens), clientCertificateAuthenticator],
      lists: accessListsOf(config.access),
    }),
    families: [tokenRoutes(tokens, issuersOf(config)), convergenceRoutes(controlPlane), issueRoutes(controlPlane)],
    readOnly: readOnlyFor(config),
    limits: config.apiServer.limits,
    allowedHosts: config.apiServer.allowedHosts,
    allowedOrigins: config.apiServer.corsAllowedDomains,
    onError: (error) => log.error({ err: error }, 'a request of the API failed'),
    onSecurityEvent(event) {
      metrics.turnedAway('api', turnedAwayFor[event.status])
      log.warn({ security: event }, 'a request of the API was turned away')
    },
  })
  metrics.api.ofApi(app)
  return app
}

/** In a cluster resources are changed where they are. */
function readOnlyFor({ environment, apiServer }: KumaCpConfig): string | false {
  if (environment === 'kubernetes') return 'on Kubernetes resources are changed through the API of the cluster, as by kubectl apply'
  return apiServer.readOnly && 'it was configured so (apiServer.readOnly, KUMA_API_SERVER_READ_ONLY)'
}

/** Which tokens this control plane makes: where keys are elsewhere, it is not to have another way. */
function issuersOf({ apiServer, dpServer }: KumaCpConfig): Issuers {
  return {
    user: apiServer.authn.tokens.enableIssuer,
    dataplane: dpServer.authn.dpProxy.dpToken.enableIssuer,
    zone: dpServer.authn.zoneProxy.zoneToken.enableIssuer,
  }
}
