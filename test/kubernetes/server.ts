import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import https from 'node:https'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { freePorts } from '../../scripts/ports.js'
import { kubeApiserver } from '../../scripts/kube-apiserver.js'
import { isProgram } from '../is-program.js'

/**
 * A Kubernetes API server of a test's own on loopback: real kube-apiserver, real etcd, RBAC, a temporary folder, free
 * ports, gone afterwards. Nothing else of a cluster is there: no controllers, no scheduler, no kubelet. What those would do
 * (default service accounts, garbage collection, Pods' status) a test does through the API where it matters.
 */
export interface KubernetesServer {
  readonly url: string
  /** PEM, as a file. */
  readonly caFile: string
  /** Of somebody who may do everything. */
  readonly adminToken: string
  /** A kubeconfig file with that token; by default the administrator's. `port`: another way to the server. */
  kubeconfig(token?: string, port?: number): string
  /** kubectl, by default as the administrator; `input` goes to its standard input. Never throws for what kubectl refuses. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<Ran>
  /** Any request, with JSON both ways. */
  request(method: string, path: string, body?: unknown, token?: string): Promise<{ readonly status: number; readonly body: unknown }>
  /** A namespace with its default service account, as the controllers of a cluster would make it. */
  createNamespace(name: string, labels?: Readonly<Record<string, string>>): Promise<void>
  /**
   * Resolves once all CustomResourceDefinitions are established. `kubectl wait` gives up on one that has no conditions yet.
   */
  established(): Promise<void>
  /** A token of a service account that exists. */
  serviceAccountToken(namespace: string, name: string): Promise<string>
  /** Ends kube-apiserver, as a crash would; etcd stays. */
  stop(): Promise<void>
  /** Starts it again. */
  start(): Promise<void>
  /** What kube-apiserver wrote. */
  log(): string
  close(): Promise<void>
}

export interface KubectlOptions {
  readonly input?: string
  readonly token?: string
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Programs {
  readonly etcd: string
  readonly apiserver: string
  readonly kubectl: string
}

/** Where the programs are, or why they can't be used. */
export function findPrograms(): Programs | string {
  const inPath = (name: string) =>
    (process.env['PATH'] ?? '')
      .split(delimiter)
      .map((folder) => join(folder, name))
      .find(isProgram)
  const etcd = inPath('etcd')
  const kubectl = inPath('kubectl')
  const apiserver = [kubeApiserver, inPath('kube-apiserver')].find((path) => path !== undefined && isProgram(path))
  if (etcd === undefined) return 'no etcd in PATH (Debian: etcd-server)'
  if (kubectl === undefined) return 'no kubectl in PATH (Debian: kubernetes-client)'
  if (apiserver === undefined) return 'no kube-apiserver: "npx tsx scripts/kube-apiserver.ts" builds it'
  return { etcd, kubectl, apiserver }
}

const adminToken = 'administrator-of-a-test'

export async function startKubernetes(programs: Programs): Promise<KubernetesServer> {
  const folder = mkdtempSync(join(tmpdir(), 'kuma-kubernetes-'))
  const [etcdPort, peerPort, port] = (await freePorts(3)) as [number, number, number]
  const url = `https://127.0.0.1:${port}`
  const children: ChildProcess[] = []
  const caFile = join(folder, 'certificates', 'apiserver.crt')
  let said = ''

  function start(program: string, args: readonly string[], onOutput: (text: string) => void = () => undefined): ChildProcess {
    const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, GOMAXPROCS: '2' } })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => onOutput(String(chunk)))
    children.push(child)
    return child
  }

  async function close(): Promise<void> {
    for (const child of children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  }

  const request: KubernetesServer['request'] = (method, path, body, token = adminToken) =>
    new Promise((resolve, reject) => {
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
      const asked = https.request(`${url}${path}`, { method, headers, ca: readFileSync(caFile) }, (answer) => {
        let text = ''
        answer.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) : text }))
      })
      asked.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
    })

  async function demand(method: string, path: string, body: unknown): Promise<unknown> {
    const answer = await request(method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }

  function kubeconfig(token = adminToken, through = port): string {
    const file = join(folder, `kubeconfig-${through}-${Buffer.from(token).toString('base64url').slice(-40)}`)
    const named = 'test'
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: named, cluster: { server: `https://127.0.0.1:${through}`, 'certificate-authority': caFile } }],
      users: [{ name: named, user: { token } }],
      contexts: [{ name: named, context: { cluster: named, user: named } }],
      'current-context': named,
    }
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 })
    return file
  }

  const key = join(folder, 'service-accounts.key')
  const etcd = `http://127.0.0.1:${etcdPort}`
  let apiserver: ChildProcess | undefined

  function startEtcd(): void {
    const peer = `http://127.0.0.1:${peerPort}`
    start(programs.etcd, [
      ...['--data-dir', join(folder, 'etcd'), '--listen-client-urls', etcd, '--advertise-client-urls', etcd],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
      ...['--snapshot-count', '100000', '--log-level', 'error'],
    ])
  }

  async function startApiserver(): Promise<void> {
    const running = start(
      programs.apiserver,
      [
        `--etcd-servers=${etcd}`,
        `--secure-port=${port}`,
        '--bind-address=127.0.0.1',
        '--advertise-address=127.0.0.1',
        '--endpoint-reconciler-type=none',
        `--cert-dir=${join(folder, 'certificates')}`,
        `--token-auth-file=${join(folder, 'tokens.csv')}`,
        '--authorization-mode=RBAC',
        '--anonymous-auth=false',
        '--service-cluster-ip-range=10.96.0.0/16',
        '--service-account-issuer=https://kubernetes.default.svc',
        `--service-account-key-file=${key}`,
        `--service-account-signing-key-file=${key}`,
        '--allow-privileged=true',
      ],
      (text) => {
        said += text
      },
    )
    apiserver = running
    const end = performance.now() + 90_000
    const ready = () =>
      request('GET', '/readyz')
        .then(({ body }) => body === 'ok')
        .catch(() => false)
    while (!existsSync(caFile) || !(await ready())) {
      if (running.exitCode !== null || performance.now() > end) throw new Error(`kube-apiserver is not ready:\n${said.slice(-4000)}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  try {
    writeFileSync(join(folder, 'tokens.csv'), `${adminToken},administrator,1,"system:masters"\n`, { mode: 0o600 })
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    startEtcd()
    await startApiserver()
  } catch (error) {
    await close()
    throw error
  }

  return {
    url,
    caFile,
    adminToken,
    kubeconfig,
    kubectl: (args, { input = '', token } = {}) =>
      run(programs.kubectl, ['--kubeconfig', kubeconfig(token), '--cache-dir', join(folder, 'kubectl'), ...args], input),
    request,
    async createNamespace(name, labels = {}) {
      await demand('POST', '/api/v1/namespaces', { metadata: { name, labels } })
      await demand('POST', `/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } })
    },
    async established() {
      type Definition = { readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] | null } }
      const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
      const isDone = ({ status }: Definition) => status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True')
      for (const end = performance.now() + 60_000; ; ) {
        const { body } = await request('GET', path)
        if ((body as { readonly items: readonly Definition[] }).items.every(isDone)) return
        if (performance.now() > end) throw new Error('a CustomResourceDefinition is not established')
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    },
    async serviceAccountToken(namespace, name) {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
      const answer = await demand('POST', path, { spec: {} })
      return (answer as { readonly status: { readonly token: string } }).status.token
    },
    async stop() {
      const ended = apiserver && once(apiserver, 'exit')
      apiserver?.kill('SIGKILL')
      await ended
    },
    start: startApiserver,
    log: () => said,
    close,
  }
}

async function run(program: string, args: readonly string[], input = ''): Promise<Ran> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  child.stdin.on('error', () => undefined).end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code: code ?? 1, stdout, stderr }
}
