import type { RequestListener } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Store } from '../../core/store.js'
import { rawFault } from '../../protojson/index.js'
import { type About, createApi } from '../../server/api/index.js'
import type { WriteRule } from '../../server/resource-writer.js'
import type { OwnCertificate } from '../../server/own-certificate.js'
import { startApiPort } from '../../server/shared-port.js'
import { userTokenAccess } from '../../server/tokens/access.js'
import { tokenRoutes } from '../../server/tokens/routes.js'
import type { Tokens } from '../../server/tokens/tokens.js'
import { registry } from '../../translate/kinds.js'
import type { Logger } from '../log.js'
import type { KumaCpConfig } from './config.js'
import type { Opened } from './opened.js'

export interface ApisOptions {
  readonly store: Store
  readonly about: About
  readonly tokens: Tokens
  readonly rules: readonly WriteRule[]
  readonly certificate: OwnCertificate
  /** Serves the bootstrap over plain HTTP, on the port of the API's HTTPS. */
  readonly bootstrap: RequestListener
  readonly log: Logger
  readonly opened: Opened
}

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
    const app = apiOf(config, options, { cert: certificate.certificate, key: certificate.privateKey })
    opened.add(() => app.close())
    await app.ready()
    const port = await startApiPort({ host: https.interface, port: https.port, secure: app.server, plain: options.bootstrap })
    opened.add(() => port.close())
    opened.tell('API over HTTPS, bootstrap over HTTP', port.host, port.port)
  }
}

function apiOf(config: KumaCpConfig, options: ApisOptions, tls?: { readonly cert: string; readonly key: string }): FastifyInstance {
  const { store, about, tokens, rules, log } = options
  return createApi({
    store,
    registry,
    about,
    rules,
    tls,
    zone: config.multizone.zone.name,
    config: () => config,
    rawFault,
    access: userTokenAccess(tokens),
    families: [tokenRoutes(tokens)],
    readOnly: config.apiServer.readOnly,
    allowedOrigins: config.apiServer.corsAllowedDomains,
    onError: (error) => log.error({ err: error }, 'a request of the API failed'),
  })
}
