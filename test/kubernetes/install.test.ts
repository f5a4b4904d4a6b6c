import { delimiter, dirname } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { afterEach, describe, expect, it } from 'vitest'
import { kumactlProgram } from '../../src/cmd/kumactl/program.js'
import { registry } from '../../src/translate/kinds.js'
import { kubernetes, kubernetesServer } from '../with-kubernetes.js'

const now = new Date('2026-11-01T00:00:00Z')

/** What kumactl prints; it asks the cluster by the kubectl and the kubeconfig of its environment. */
async function kumactl(...args: string[]): Promise<string> {
  let out = ''
  const terminal = { out: (text: string) => (out += text), err: () => {}, readStdin: async () => '', now: () => now, registry }
  await kumactlProgram(terminal, '0').parseAsync(['node', 'kumactl', ...args])
  return out
}

const environment = { ...process.env }
afterEach(() => {
  process.env = { ...environment }
})

const offline = '--without-kubernetes-connection'

describe.skipIf(kubernetes.missing)(`installing on a real API server ${kubernetes.reason}`, () => {
  const test = kubernetesServer()

  const connect = () => {
    const folder = dirname(kubernetes.programs?.kubectl ?? '')
    process.env = { ...environment, KUBECONFIG: test.server.kubeconfig(), PATH: `${folder}${delimiter}${environment['PATH']}` }
  }
  const apply = (input: string) => test.server.kubectl(['apply', '-f', '-'], { input })
  /** Lines of what kubectl did to other effect. */
  const otherThan = (effect: string, { code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
    code,
    stderr,
    others: stdout.split('\n').filter((line) => line !== '' && !line.endsWith(effect)),
  })
  const good = { code: 0, stderr: '', others: [] }

  it('creates everything, and finds everything as it is when it is applied again', async () => {
    const manifests = await kumactl('install', 'control-plane', offline)
    expect(otherThan(' created', await apply(manifests))).toEqual(good)
    expect(otherThan(' unchanged', await apply(manifests))).toEqual(good)
  })

  it('keeps the certificate that is there', async () => {
    connect()
    const again = await kumactl('install', 'control-plane')
    expect(otherThan(' unchanged', await apply(again))).toEqual(good)
  })

  it('renews a certificate that lacks the name of the Service', async () => {
    connect()
    const renamed = parseAllDocuments(await kumactl('install', 'control-plane', '--control-plane-service-name', 'cp'))
    const secret = renamed.map((document) => document.toJS() as { kind: string; data: object }).find(({ kind }) => kind === 'Secret')
    const { stdout } = await test.server.kubectl(['get', 'secret', '-n', 'kuma-system', 'kuma-tls-cert', '-o', 'json'])
    expect(secret?.data).not.toEqual((JSON.parse(stdout) as { data: object }).data)
  })

  it('says what to do where the cluster does not answer', async () => {
    connect()
    process.env['KUBECONFIG'] = '/nowhere'
    await expect(kumactl('install', 'control-plane')).rejects.toThrow(/could not be asked(.|\n)*--without-kubernetes-connection/)
  })

  it('makes the custom resources known', async () => {
    const { stdout } = await test.server.kubectl(['get', 'crd', '-o', 'name'])
    for (const plural of ['meshes', 'dataplanes', 'dataplaneinsights', 'trafficpermissions', 'meshtimeouts']) {
      expect(stdout).toContain(`customresourcedefinition.apiextensions.k8s.io/${plural}.kuma.io\n`)
    }
    expect(otherThan(' unchanged', await apply(await kumactl('install', 'crds')))).toEqual(good)
  })

  it('takes other values without an objection of the API server', async () => {
    connect()
    const chosen = await kumactl(
      ...['install', 'control-plane', '--replicas', '3', '--registry', 'registry.example', '--zone', 'east', '--env-var', 'KUMA_A=b'],
      ...['--resources', 'limits.memory=1Gi', 'requests.cpu=1', '--injector-failure-policy', 'Ignore', '--skip-mesh-creation'],
      ...['--control-plane-node-selector', 'kubernetes.io/arch=arm64', '--tls-api-server-secret', 'api'],
      ...[
        '--set',
        'controlPlane.podDisruptionBudget.enabled=true,controlPlane.tolerations={}',
        '--set',
        'controlPlane.priorityClassName=high',
      ],
    )
    const { code, stderr } = await test.server.kubectl(['apply', '--dry-run=server', '-f', '-'], { input: chosen })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const documents = parseAllDocuments(chosen).map((document) => document.toJS() as { kind: string })
    expect(documents.find(({ kind }) => kind === 'Deployment')).toMatchObject({
      spec: {
        replicas: 3,
        template: {
          spec: {
            nodeSelector: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'arm64' },
            containers: [{ image: 'registry.example/kuma-cp:0.1.0', resources: { limits: { memory: '1Gi' }, requests: { cpu: '1' } } }],
          },
        },
      },
    })
  })
})

describe('kumactl install control-plane', () => {
  it('prints its values with all defaults', async () => {
    const values = await kumactl('install', 'control-plane', '--dump-values', '--replicas', '2')
    expect(values).toContain('replicas: 2\n')
    expect(values).toContain('logLevel: info\n')
  })

  it.each([
    [['--replicas', 'x'], 'controlPlane.replicas'],
    [['--mode', 'global'], 'controlPlane.mode'],
    [['--set', 'controlPlane.replica=1'], 'controlPlane.replica: there is no such value'],
    [['--env-var', 'A'], '--env-var A: expected KEY=VALUE'],
    [['--values', '/nowhere.yaml'], '--values /nowhere.yaml'],
    [['--tls-general-ca-bundle', 'AAAA'], '--tls-general-ca-bundle: expected certificates as PEM'],
    [['--tls-general-secret', 'mine', offline], 'there is no Secret "mine"'],
  ])('%j is refused by name', async (args, message) => {
    await expect(kumactl('install', 'control-plane', ...args)).rejects.toThrow(message)
  })

  it('leaves out kinds that are not wanted', async () => {
    const text = await kumactl('install', 'control-plane', offline, '--skip-kinds', 'CustomResourceDefinition', 'Namespace')
    const kinds = parseAllDocuments(text).map((document) => (document.toJS() as { kind: string }).kind)
    expect(kinds[0]).toBe('ServiceAccount')
    expect(kinds).not.toContain('CustomResourceDefinition')
  })
})
