import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import { freePorts } from '../../scripts/ports.js'
import { Programs, type Running } from '../../scripts/programs.js'
import { type KumaCpPlace, kumaCpPlace } from '../kuma-cp/place.js'
import type { KubernetesServer, Ran } from './server.js'

const namespace = 'kuma-system'
const account = 'kuma-control-plane'

/** What a test reads of a Pod. */
export interface Pod {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly annotations: Readonly<Record<string, string>>
  }
  readonly spec: Record<'containers' | 'initContainers', readonly Container[] | undefined>
  readonly status: { readonly podIP: string }
}

interface Container {
  readonly name: string
  readonly args?: readonly string[]
  readonly env?: readonly {
    readonly name: string
    readonly value?: string
    readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } }
  }[]
}

interface Webhooks {
  readonly kind: string
  readonly webhooks?: readonly { clientConfig: { readonly service: { readonly path: string } } }[]
}

/**
 * A control plane installed in a cluster that has an API server and nothing else. The manifests are applied as kumactl prints
 * them, but for one thing: the API server of a test has no route to Services, so the webhook configurations name a URL on loopback
 * instead. The Deployment's Pod is played by kuma-cp as a process of this machine, with the environment that the Deployment gives it,
 * the ServiceAccount's token and so its rights, and the files of the Secret where a kubelet would mount them.
 */
export class ClusterSession {
  private constructor(
    readonly server: KubernetesServer,
    private readonly programs: Programs,
    private readonly folder: string,
    readonly cp: Running,
    readonly place: KumaCpPlace,
    /** PEM of the CA that the control plane's certificates are of. */
    readonly ca: string,
    /** What kubectl said to the manifests. */
    readonly installed: Ran,
  ) {}

  /** @param settings over those of the Deployment */
  static async start(server: KubernetesServer, settings: Readonly<Record<string, string>> = {}): Promise<ClusterSession> {
    const folder = mkdtempSync(join(tmpdir(), 'kuma-cluster-'))
    const programs = new Programs()
    const [admission = 0] = await freePorts(1)
    const printed = await programs.run('kumactl', ['install', 'control-plane', '--without-kubernetes-connection'])
    const installed = await server.kubectl(['apply', '-f', '-'], { input: onLoopback(printed, admission) })
    const files = await mountTlsSecret(server, join(folder, 'tls-cert'))
    const place = await kumaCpPlace(folder)
    const env = {
      ...(await environmentOfDeployment(server, files.folder)),
      ...place.settings,
      KUBECONFIG: server.kubeconfig(await server.serviceAccountToken(namespace, account)),
      KUMA_RUNTIME_KUBERNETES_ADMISSION_SERVER_PORT: String(admission),
      ...settings,
    }
    const cp = programs.start('kuma-cp', ['run', '--log-level', 'debug'], env, join(folder, 'kuma-cp.log'))
    const session = new ClusterSession(server, programs, folder, cp, place, files.ca, installed)
    await session.until(place.ready, 'kuma-cp is not ready')
    return session
  }

  kubectl(args: readonly string[], input = ''): Promise<Ran> {
    return this.server.kubectl(args, { input })
  }

  apply(manifest: object): Promise<Ran> {
    return this.kubectl(['apply', '-f', '-'], JSON.stringify(manifest))
  }

  /** The object as JSON; undefined where it is not there. */
  async find<T>(...what: string[]): Promise<T | undefined> {
    const { stdout } = await this.kubectl(['get', ...what, '--ignore-not-found', '-o', 'json'])
    return stdout.trim() === '' ? undefined : (JSON.parse(stdout) as T)
  }

  /** A token of the Pod's service account that is bound to it, as a kubelet mounts one. */
  async tokenOf(namespace: string, pod: string): Promise<string> {
    const uid = (await this.find<{ metadata: { uid: string } }>('pod', '-n', namespace, pod))?.metadata.uid ?? ''
    const bound = ['--bound-object-kind', 'Pod', '--bound-object-name', pod, '--bound-object-uid', uid]
    return (await this.kubectl(['create', 'token', 'default', '-n', namespace, ...bound])).stdout.trim()
  }

  /** Says of a Pod what a kubelet says once all its containers run. */
  async run(namespace: string, pod: string, ip: string): Promise<void> {
    const { spec } = (await this.find<Pod>('pod', '-n', namespace, pod)) ?? { spec: {} as Pod['spec'] }
    const running = ({ name }: { readonly name: string }) => ({
      ...{ name, ready: true, image: name, imageID: '', restartCount: 0 },
      state: { running: {} },
    })
    const status = {
      ...{ phase: 'Running', podIP: ip, podIPs: [{ ip }] },
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: spec.containers?.map(running),
      initContainerStatuses: spec.initContainers?.map(running),
    }
    const patch = ['--subresource=status', '--type=merge', '-p', JSON.stringify({ status })]
    const { code, stderr } = await this.kubectl(['patch', 'pod', '-n', namespace, pod, ...patch])
    if (code !== 0) throw new Error(stderr)
  }

  /** Starts the sidecar of a Pod as a process of this machine, with its command line and environment. */
  async startSidecar(namespace: string, pod: string, settings: Readonly<Record<string, string>>): Promise<Running> {
    const { metadata, spec, status } = (await this.find<Pod>('pod', '-n', namespace, pod)) ?? ({} as Pod)
    const sidecar = [...(spec.initContainers ?? []), ...(spec.containers ?? [])].find(({ name }) => name === 'kuma-sidecar')
    const fields: Readonly<Record<string, string>> = {
      'metadata.name': metadata.name,
      'metadata.namespace': metadata.namespace,
      'status.podIP': status.podIP,
      'status.hostIP': '127.0.0.1',
    }
    const env = (sidecar?.env ?? []).flatMap(({ name, value, valueFrom }) => {
      const said = value ?? fields[valueFrom?.fieldRef?.fieldPath ?? '']
      return said === undefined ? [] : [[name, said] as const]
    })
    const token = join(this.folder, `${pod}.token`)
    writeFileSync(token, await this.tokenOf(namespace, pod), { mode: 0o600 })
    const elsewhere = {
      KUMA_CONTROL_PLANE_URL: `https://${this.place.proxies.replace('127.0.0.1', 'localhost')}`,
      KUMA_DATAPLANE_RUNTIME_TOKEN_PATH: token,
    }
    const all = { ...Object.fromEntries(env), ...elsewhere, ...settings }
    return this.programs.start('kuma-dp', sidecar?.args ?? ['run'], all, join(this.folder, `${pod}.log`))
  }

  /** Asks until there is an answer; says what kuma-cp said last where there is none. */
  async until<T>(ask: () => Promise<T | undefined | false>, failure: string, limitMs = 60_000): Promise<T> {
    const end = performance.now() + limitMs
    let last: unknown
    while (performance.now() < end) {
      const answer = await ask().catch((error: unknown) => {
        last = error
      })
      if (answer !== undefined && answer !== false) return answer
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    throw new Error(`${failure} ${last ?? ''}\n--- kuma-cp\n${this.cp.said().split('\n').slice(-40).join('\n')}`)
  }

  async stop(): Promise<void> {
    this.programs.stopAll()
    await this.cp.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** The manifests with webhooks that are asked on a port of loopback; the certificate names it too. */
function onLoopback(manifests: string, port: number): string {
  const objects = parseAllDocuments(manifests).map((document) => document.toJS() as Webhooks)
  for (const { clientConfig } of objects.flatMap(({ webhooks }) => webhooks ?? [])) {
    const { service, ...rest } = clientConfig
    Object.assign(clientConfig, rest, { url: `https://localhost:${port}${service.path}`, service: undefined })
  }
  return objects.map((object) => stringify(object)).join('---\n')
}

async function mountTlsSecret(server: KubernetesServer, folder: string): Promise<{ readonly folder: string; readonly ca: string }> {
  const { stdout } = await server.kubectl(['get', 'secret', '-n', namespace, 'kuma-tls-cert', '-o', 'json'])
  const { data } = JSON.parse(stdout) as { readonly data: Readonly<Record<string, string>> }
  mkdirSync(folder)
  for (const [file, text] of Object.entries(data)) writeFileSync(join(folder, file), Buffer.from(text, 'base64'), { mode: 0o600 })
  return { folder, ca: Buffer.from(data['ca.crt'] ?? '', 'base64').toString() }
}

/** What the Deployment tells kuma-cp, for one on this machine: it listens on loopback alone, and its files are elsewhere. */
async function environmentOfDeployment(server: KubernetesServer, tlsFolder: string): Promise<Record<string, string>> {
  const path = '{range .spec.template.spec.containers[0].env[*]}{.name}={.value}{"\\n"}{end}'
  const { stdout } = await server.kubectl(['get', 'deployment', '-n', namespace, account, '-o', `jsonpath=${path}`])
  const pairs = stdout.split('\n').flatMap((line) => {
    const [, name, value = ''] = /^([^=]+)=(.*)$/.exec(line) ?? []
    return name === undefined ? [] : [[name, value.replace('0.0.0.0', '127.0.0.1').replace('/var/run/secrets/kuma.io/tls-cert', tlsFolder)]]
  })
  return Object.fromEntries(pairs) as Record<string, string>
}
