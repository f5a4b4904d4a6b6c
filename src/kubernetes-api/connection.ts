import type { RequestOptions } from 'node:https'
import { KubeConfig } from '@kubernetes/client-node'

/** How to reach a cluster's API server, and as whom. */
export interface KubernetesConnection {
  /** `https://10.0.0.1:6443` */
  readonly server: string
  readonly tls: {
    readonly ca?: string | Buffer
    readonly cert?: string | Buffer
    readonly key?: string | Buffer
    readonly servername?: string
    readonly rejectUnauthorized?: boolean
  }
  /** Asked for each request: tokens change while a program runs. */
  headers(): Promise<Readonly<Record<string, string>>>
}

export interface KubernetesPlace {
  /** Path of a kubeconfig file. Default: what `KUBECONFIG` names, `~/.kube/config`, or inside a Pod its service account. */
  readonly kubeconfig?: string
  /** Which of its contexts. Default: the current one. */
  readonly context?: string
}

/**
 * Reads how to reach the cluster.
 * @throws Error that says what can't be read or is not there
 */
export async function findCluster({ kubeconfig, context }: KubernetesPlace = {}): Promise<KubernetesConnection> {
  const config = new KubeConfig()
  if (kubeconfig === undefined) config.loadFromDefault()
  else config.loadFromFile(kubeconfig)
  if (context !== undefined) config.setCurrentContext(context)
  const cluster = config.getCurrentCluster()
  // What the client falls back to where it finds nothing at all.
  if (
    cluster?.server === 'http://localhost:8080' &&
    config.getCurrentUser()?.token === undefined &&
    config.currentContext === 'loaded-context'
  ) {
    throw new Error('there is no kubeconfig (KUBECONFIG, ~/.kube/config) and no service account of a Pod')
  }
  if (cluster === null) throw new Error(`${kubeconfig ?? 'the kubeconfig'} names no cluster for context "${config.getCurrentContext()}"`)
  const { ca, cert, key, servername, rejectUnauthorized } = await requestOptions(config)
  return {
    server: cluster.server.replace(/\/$/, ''),
    tls: {
      ...(ca !== undefined && { ca: ca as Buffer }),
      ...(cert !== undefined && { cert: cert as Buffer }),
      ...(key !== undefined && { key: key as Buffer }),
      ...(servername !== undefined && { servername }),
      ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    },
    async headers() {
      const { headers = {}, auth } = await requestOptions(config)
      const basic: Record<string, string> =
        typeof auth === 'string' ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {}
      return { ...basic, ...(headers as Record<string, string>) }
    },
  }
}

async function requestOptions(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = { headers: {} }
  await config.applyToHTTPSOptions(options)
  return options
}
