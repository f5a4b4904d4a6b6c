import { KumaError } from '../../core/errors.js'
import { namespaceLabel } from '../../core/envelope.js'
import type { Resource } from '../../core/resource.js'
import type { KubernetesApi } from '../../kubernetes-api/api.js'
import type { ProxyAuthenticator } from '../tokens/proxy-authenticator.js'

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean
    readonly error?: string
    readonly user?: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> }
  }
}

/** Who a token says that it is of. */
interface ServiceAccount {
  readonly namespace: string
  readonly name: string
  /** The Pod that the token was made for, where it is bound to one. */
  readonly pod?: string
}

export interface ServiceAccountAuthenticatorOptions {
  readonly api: Pick<KubernetesApi, 'send'>
  /** An answer of the API server counts for so long, in milliseconds. Default: 10 s. */
  readonly rememberMs?: number
}

const podName = 'authentication.kubernetes.io/pod-name'
const mostRemembered = 10_000

/**
 * Believes proxies with a token of a service account of their own namespace, which the API server is asked about; if it is bound to a Pod,
 * of the Pod that the proxy is made of, and of the service account that it runs as.
 */
export function serviceAccountAuthenticator({ api, rememberMs = 10_000 }: ServiceAccountAuthenticatorOptions): ProxyAuthenticator {
  const remembered = new Map<string, { readonly account: Promise<ServiceAccount>; readonly until: number }>()

  async function review(token: string): Promise<ServiceAccount> {
    const known = remembered.get(token)
    if (known && performance.now() < known.until) return known.account
    const account = askApi(api, token)
    remembered.delete(token)
    remembered.set(token, { account, until: performance.now() + rememberMs })
    if (remembered.size > mostRemembered) remembered.delete(remembered.keys().next().value ?? '')
    // Only a yes or a no of the API server is remembered.
    account.catch((error: unknown) => {
      if (!(error instanceof KumaError)) remembered.delete(token)
    })
    return account
  }

  return {
    required: true,
    async authenticate(proxy, credential) {
      const token = credential?.replace(/^Bearer\s+/i, '').trim()
      if (!token) throw new KumaError('bad-token', 'a token of the service account of the Pod is required')
      demandOwn(proxy, await review(token))
    },
  }
}

async function askApi(api: ServiceAccountAuthenticatorOptions['api'], token: string): Promise<ServiceAccount> {
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
  const { status } = await api.send<TokenReview>('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body })
  if (!status?.authenticated)
    throw new KumaError('bad-token', `the cluster does not know the token${status?.error ? `: ${status.error}` : ''}`)
  const { username = '', extra } = status.user ?? {}
  const [system, kind, namespace, name, ...rest] = username.split(':')
  if (system !== 'system' || kind !== 'serviceaccount' || !namespace || !name || rest.length > 0) {
    throw new KumaError('bad-token', `user "${username}" is no service account`)
  }
  const [pod] = extra?.[podName] ?? []
  return { namespace, name, ...(pod !== undefined && { pod }) }
}

function demandOwn(proxy: Resource, { namespace, name, pod }: ServiceAccount): void {
  const dot = proxy.name.lastIndexOf('.')
  const own = proxy.labels[namespaceLabel] ?? (dot < 0 ? '' : proxy.name.slice(dot + 1))
  if (own !== namespace) {
    throw new KumaError('bad-token', `token belongs to a namespace ("${namespace}") different from proxyId ("${own}")`)
  }
  const account = proxy.labels['k8s.kuma.io/service-account']
  if (account !== undefined && account !== name) {
    throw new KumaError('bad-token', `token belongs to service account "${name}", the proxy's Pod runs as "${account}"`)
  }
  if (pod !== undefined && `${pod}.${namespace}` !== proxy.name) {
    throw new KumaError('bad-token', `token belongs to Pod "${pod}", the proxy is "${proxy.name}"`)
  }
}
