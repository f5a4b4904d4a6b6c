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

  static async start(server: KubernetesServer): Promise<ClusterSession> {
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
