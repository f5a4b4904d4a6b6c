import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { stringify } from 'yaml'
import { KumaError } from '../../core/errors.js'
import type { Registry } from '../../core/kind.js'
import type { DataplaneSpec } from '../../core/kinds/dataplane.js'
import type { MeshSpec } from '../../core/kinds/mesh.js'
import { parse } from '../../core/parse.js'
import type { Resource } from '../../core/resource.js'
import type { Store } from '../../core/store.js'
import { toJson } from '../../protojson/index.js'
import {
  type AdminOptions,
  type BootstrapRequest,
  type BootstrappedProxy,
  type ControlPlaneAddress,
  bootstrap,
  bootstrapBytes,
  bootstrapTypeUrl,
} from '../../translate/bootstrap.js'
import { certificateUse, readCertificates } from '../certificates.js'
import { type ProxyAuthenticator, tokenRequired } from '../tokens/proxy-authenticator.js'
import { type MetricsSource, aggregatedMetrics } from './metrics.js'

export interface BootstrapServiceOptions {
  readonly store: Pick<Store, 'get'>
  readonly registry: Registry
  readonly authenticator: ProxyAuthenticator
  readonly xds: {
    /** Host that proxies find the control plane at. Default: the one at which their companion found it. */
    readonly host?: string
    readonly port: number
    /** PEM text of the server's certificate. Absent: the server speaks plain text. */
    readonly certificate?: string
    readonly connectTimeoutSeconds?: number
    readonly maxReceiveBytes?: number
  }
  readonly admin?: AdminOptions
  readonly healthDiscovery?: boolean
  readonly reloadableTokens?: boolean
}

/** Where a request came in. */
export interface RequestOrigin {
  /** Host by which the sender found the control plane. */
  readonly host: string
  /** Which addresses of that host lead here. */
  readonly dnsLookupFamily?: () => Promise<ControlPlaneAddress['dnsLookupFamily']>
}

/** What a proxy's companion gets. */
export interface BootstrapAnswer {
  /** Envoy's configuration as YAML. */
  readonly bootstrap: string
  /** Address of the proxy. */
  readonly address: string
  /** Metrics of the application that the companion adds to Envoy's. */
  readonly metrics: readonly MetricsSource[]
}

/** A request that is not granted. */
export class BootstrapRefusal extends Error {
  override readonly name = 'BootstrapRefusal'

  constructor(
    /** HTTP status: 404 for a proxy that isn't there (yet), others for requests that would fail again. */
    readonly status: 400 | 404 | 422,
    message: string,
  ) {
    super(message)
  }
}

export interface BootstrapService {
  /** @throws BootstrapRefusal */
  answer(request: BootstrapRequest, origin: RequestOrigin): Promise<BootstrapAnswer>
}

const resourceTypes = { dataplane: 'Dataplane', ingress: 'ZoneIngress', egress: 'ZoneEgress' } as const

/** Makes bootstrap configurations for proxies that ask, as Kuma's bootstrap server does. */
export function createBootstrapService(options: BootstrapServiceOptions): BootstrapService {
  const { store, xds, authenticator } = options
  return {
    async answer(request, { host, dnsLookupFamily }) {
      demandCredential(request, authenticator)
      const controlPlane = { ...xds, host: xds.host ?? host, trustedCa: trustedCa(request, xds.certificate) }
      if (xds.certificate !== undefined) demandName(xds.certificate, controlPlane.host)
      const proxy = request.dataplaneResource ? ownResource(request, options.registry) : await storedResource(request, store)
      const mesh = proxy.mesh === undefined ? undefined : await meshOf(proxy.mesh, request, store)
      await authenticate(authenticator, proxy, request)
      const family = xds.host === undefined ? await dnsLookupFamily?.() : undefined
      const message = bootstrap({ ...options, dataplane: proxy, mesh, request, controlPlane: { ...controlPlane, dnsLookupFamily: family } })
      return {
        bootstrap: stringify(toJson(bootstrapTypeUrl, bootstrapBytes(message))),
        address: proxy.spec.networking?.address ?? '',
        metrics: mesh ? aggregatedMetrics(mesh, proxy as Resource<DataplaneSpec>) : [],
      }
    },
  }
}

type ProxyResource = Resource<
  BootstrappedProxy['spec'] & { readonly networking?: { readonly address?: string; readonly outbound?: readonly unknown[] } }
>

function demandCredential({ dataplaneToken, dataplaneTokenPath }: BootstrapRequest, { required }: ProxyAuthenticator): void {
  if (required && !dataplaneToken && !dataplaneTokenPath) throw new BootstrapRefusal(422, tokenRequired)
}

/** A token that is shown here is checked here: the stream that the proxy would open could only be refused again and again. */
async function authenticate(authenticator: ProxyAuthenticator, proxy: Resource, { dataplaneToken }: BootstrapRequest): Promise<void> {
  if (!dataplaneToken) return
  await authenticator.authenticate(proxy, dataplaneToken).catch((error: unknown) => {
    throw error instanceof KumaError ? new BootstrapRefusal(422, `authentication failed: ${error.message}`) : error
  })
}

/** The CA that the companion named, else the server's own certificate. */
function trustedCa({ caCert }: BootstrapRequest, certificate: string | undefined): Uint8Array | undefined {
  if (certificate === undefined) return undefined
  const pem = caCert || certificate
  const [first] = readable(pem)
  if (!first) throw new BootstrapRefusal(400, 'the CA certificate of the request is no PEM certificate')
  if (certificateUse(first).isCa === false) {
    const message =
      'the certificate by which the proxy is to know the control plane is no CA. Give the CA that signed the ' +
      "control plane's certificate with kuma-dp run --ca-cert-file or KUMA_CONTROL_PLANE_CA_CERT_FILE"
    throw new BootstrapRefusal(400, message)
  }
  return new TextEncoder().encode(pem)
}

function readable(pem: string): X509Certificate[] {
  try {
    return readCertificates(pem)
  } catch {
    return []
  }
}

function demandName(certificate: string, host: string): void {
  const parsed = new X509Certificate(certificate)
  if (isIP(host) ? parsed.checkIP(host) : parsed.checkHost(host)) return
  const names = (parsed.subjectAltName ?? '').replace(/(DNS|IP Address):/g, '')
  const message =
    `the proxy reaches the control plane as "${host}", but the control plane's certificate is for ${names || 'nothing'}: change --cp-address ` +
    `of kuma-dp to one of these, or give kuma-cp a certificate for "${host}" by KUMA_GENERAL_TLS_CERT_FILE and KUMA_GENERAL_TLS_KEY_FILE`
  throw new BootstrapRefusal(400, message)
}

/** The resource that the companion brings along: the proxy is registered with it when it connects. */
function ownResource(request: BootstrapRequest, registry: Registry): ProxyResource {
  const { items } = parse(request.dataplaneResource ?? '', registry)
  const [item, another] = items
  if (!item || another) throw new BootstrapRefusal(422, `the resource of the proxy has to be one document, found ${items.length}`)
  if (item.refusal) {
    const { violations, detail } = item.refusal
    throw new BootstrapRefusal(422, violations.map(({ path, message }) => `${path}: ${message}`).join('; ') || detail)
  }
  const { type, mesh = '', name } = item.resource
  const expected = resourceTypes[request.proxyType ?? 'dataplane']
  if (type !== expected) throw new BootstrapRefusal(422, `the resource of the proxy is a ${type}, expected a ${expected}`)
  if (name !== request.name || mesh !== request.mesh) {
    throw new BootstrapRefusal(
      422,
      `the resource of the proxy is "${name}" of mesh "${mesh}", but it asks as "${request.name}" of mesh "${request.mesh}"`,
    )
  }
  const resource = item.resource as ProxyResource
  if (request.dataplaneConfig && (resource.spec.networking?.outbound ?? []).length > 0) {
    throw new BootstrapRefusal(422, 'outbound: should be empty since dataplane is in Transparent Proxying mode')
  }
  return resource
}

async function storedResource(
  { mesh, name, proxyType = 'dataplane' }: BootstrapRequest,
  store: Pick<Store, 'get'>,
): Promise<ProxyResource> {
  const type = resourceTypes[proxyType]
  const stored = await store.get(type === 'Dataplane' ? { type, mesh, name } : { type, name })
  // Without a body, by which companions know that asking again may help.
  if (!stored) throw new BootstrapRefusal(404, '')
  return stored.resource as ProxyResource
}

async function meshOf(name: string, { dataplaneResource }: BootstrapRequest, store: Pick<Store, 'get'>): Promise<Resource<MeshSpec>> {
  const stored = await store.get({ type: 'Mesh', name })
  if (!stored) throw dataplaneResource ? new BootstrapRefusal(422, `mesh: mesh "${name}" does not exist`) : new BootstrapRefusal(404, '')
  return stored.resource as Resource<MeshSpec>
}
