import Fastify, { type FastifyInstance } from 'fastify'
import type { AdmitOptions } from '../../core/admit.js'
import type { RawFault, Registry } from '../../core/kind.js'
import type { Store } from '../../core/store.js'
import type { OutsideData } from '../outside-data.js'
import { ResourceWriter, type WriteRule } from '../resource-writer.js'
import { wholeStore } from './whole-store.js'
import { standardRules } from '../write-rules.js'
import { byKri } from './by-kri.js'
import { type Access, authenticateAll, createAccess } from './access.js'
import { takeJsonText } from './body.js'
import type { About, ApiContext, RouteFamily } from './context.js'
import { type ErrorListeners, sendErrors, sendRouterError } from './errors.js'
import { indexPages } from './index-page.js'
import { computedTypes, insights } from './insights.js'
import { type ApiLimits, applyLimits, defaultApiLimits } from './limits.js'
import { refuseForeignPages } from './loopback.js'
import { openApi } from './openapi/route.js'
import { overviews } from './overviews.js'
import { resources } from './resources.js'
import { inspectRules } from './rules.js'

export {
  type Access,
  type AccessLists,
  type AccessOptions,
  type Allowed,
  type Authenticator,
  type Concern,
  type User,
  createAccess,
  trustingAccess,
} from './access.js'
export { clientCertificateAuthenticator } from './client-certificates.js'
export type { ApiLimits } from './limits.js'
export type { About, RouteFamily } from './context.js'
export { ApiError, type SecurityEvent } from './errors.js'
export { serve } from './route.js'

export interface ApiOptions extends ErrorListeners, Pick<AdmitOptions, 'mayChangeCa'> {
  readonly store: Store
  readonly registry: Registry
  readonly about: About
  /** Name of the control plane's zone. Default: `default`. */
  readonly zone?: string
  /** The configuration, as `GET /config` shows it: without secrets. Default: nothing. */
  readonly config?: () => unknown
  /** Who may do what. Default: {@link createAccess} of nothing, so that everybody is anonymous and nobody reads a secret. */
  readonly access?: Access
  /** Rules for writes besides those of every control plane. */
  readonly rules?: readonly WriteRule[]
  /** Further routes. */
  readonly families?: readonly RouteFamily[]
  /** Judges raw Envoy configuration in policies. Default: it is taken as it is, and translation reports what it can't read. */
  readonly rawFault?: RawFault
  /** Refuses every change, and says why if a text is given. Default: false. */
  readonly readOnly?: boolean | string
  /** A mesh may be deleted with its dataplanes, a zone while it is connected. Default: false. */
  readonly unsafeDelete?: boolean
  /** Host names that the API is reached by besides those of this machine; when given, no others. */
  readonly allowedHosts?: readonly string[]
  /** Origins whose pages may use the API, exactly as browsers name them or as patterns. Default: none, and no CORS. */
  readonly allowedOrigins?: readonly (string | RegExp)[]
  readonly limits?: Partial<ApiLimits>
  /**
   * Serves HTTPS. PEM; `ca` are those that may sign clients' certificates. A client whose certificate nobody of them signed is served,
   * as one without any.
   */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string; readonly requestCert?: boolean }
  /** Files that provided CAs may be in. Default: none. */
  readonly outside?: OutsideData
  readonly clock?: () => Date
}

/**
 * Kuma's REST API over a store, ready to `listen`. Closing it leaves the store open.
 *
 * Failures are answered in Kuma's shape: `{ type, status, title, detail, invalid_parameters?, details, causes? }`.
 */
export function createApi(options: ApiOptions): FastifyInstance {
  const { store, registry, about, zone = 'default', access = createAccess(), allowedOrigins = [] } = options
  const limits = { ...defaultApiLimits, ...options.limits }
  const clock = options.clock ?? (() => new Date())
  const rules = [
    ...standardRules({ store, outside: options.outside, clock, unsafeDelete: options.unsafeDelete ?? false }),
    ...(options.rules ?? []),
  ]
  const context: ApiContext = {
    store,
    registry,
    about,
    zone,
    access,
    clock,
    readOnly: options.readOnly === true ? 'it was started so' : (options.readOnly ?? false),
    rawFault: options.rawFault,
    computed: computedTypes,
    config: options.config ?? (() => ({})),
    writer: new ResourceWriter({ store, registry, zone, rules, mayChangeCa: options.mayChangeCa }),
  }
  const app = Fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    forceCloseConnections: true,
    frameworkErrors: sendRouterError,
    routerOptions: { maxParamLength: 1024, ignoreTrailingSlash: true },
    ...(options.tls
      ? { https: { ...options.tls, maxHeaderSize: limits.headerBytes, rejectUnauthorized: false, minVersion: 'TLSv1.2' as const } }
      : { http: { maxHeaderSize: limits.headerBytes } }),
  }) as FastifyInstance
  applyLimits(app, limits)
  sendErrors(app, options)
  takeJsonText(app)
  if (allowedOrigins.length > 0) {
    app.register(import('@fastify/cors'), { origin: [...allowedOrigins], methods: ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'] })
  }
  refuseForeignPages(app, { hosts: options.allowedHosts ?? [], origins: allowedOrigins })
  authenticateAll(app, access)
  for (const family of [indexPages, byKri, resources, overviews, insights, inspectRules, wholeStore, openApi, ...(options.families ?? [])])
    family(app, context)
  return app
}
