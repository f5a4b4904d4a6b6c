import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CliFailure, ExitStatus } from '../src/cmd/kumactl/failure.js'
import { kumactlProgram } from '../src/cmd/kumactl/program.js'
import { registry } from '../src/translate/kinds.js'
import { ControlPlane } from './api/control-plane.js'

/** What a run prints, and its exit status. */
export interface Run {
  readonly out: string
  readonly err: string
  readonly status: number
}

/** `kumactl` beside a control plane, and files for it to read. */
export interface Kumactl {
  run(...args: string[]): Promise<Run>
  /** The path of a new file with resources, or with a text as it is. */
  file(name: string, content: readonly object[] | string): string
  stop(): Promise<void>
}

/** @param resources what the control plane has; its mesh `shop` is the one that commands are about */
export async function startKumactl(resources: readonly Record<string, unknown>[]): Promise<Kumactl> {
  const folder = mkdtempSync(join(tmpdir(), 'kumactl-'))
  const controlPlane = new ControlPlane()
  for (const resource of resources) await controlPlane.apply(resource)
  const url = await controlPlane.app.listen({ host: '127.0.0.1', port: 0 })
  const config = join(folder, 'config')
  const controlPlanes = [{ name: 'cp', coordinates: { apiServer: { url } } }]
  writeFileSync(config, JSON.stringify({ controlPlanes, contexts: [{ name: 'cp', controlPlane: 'cp' }], currentContext: 'cp' }))
  return {
    run: (...args) => run(['--config-file', config, '--mesh', 'shop', ...args]),
    file(name, content) {
      const path = join(folder, `${name}.yaml`)
      writeFileSync(path, typeof content === 'string' ? content : content.map((one) => JSON.stringify(one)).join('\n---\n'))
      return path
    },
    async stop() {
      await controlPlane.app.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function run(args: readonly string[]): Promise<Run> {
  const said = { out: '', err: '' }
  const terminal = {
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
    readStdin: async () => '',
    now: () => new Date('2030-01-01T00:00:00Z'),
    registry,
  }
  try {
    await kumactlProgram(terminal, '0').parseAsync(args, { from: 'user' })
    return { ...said, status: 0 }
  } catch (error) {
    if (error instanceof ExitStatus) return { ...said, status: error.status }
    if (error instanceof CliFailure) return { ...said, err: said.err + error.message, status: 1 }
    throw error
  }
}

/* The small mesh that commands are tried with. */

export const shopMesh = { type: 'Mesh', name: 'shop', skipCreatingInitialPolicies: ['*'] }

interface ProxyText {
  readonly address?: string
  readonly tags?: object
  /** Services, dialled from port 9001 on. */
  readonly dials?: readonly string[]
}

/** The proxy `<service>-1`. */
export function shopProxy(service: string, { address = '10.0.0.1', tags = {}, dials = [] }: ProxyText = {}) {
  const inbound = [{ port: 8080, tags: { 'kuma.io/service': service, 'kuma.io/protocol': 'http', ...tags } }]
  const outbound = dials.map((name, i) => ({ port: 9001 + i, tags: { 'kuma.io/service': name } }))
  return { type: 'Dataplane', mesh: 'shop', name: `${service}-1`, networking: { address, inbound, outbound } }
}

/** A targetRef policy for whatever the selected proxies dial. */
export function shopPolicy(type: string, name: string, conf: object, targetRef: object = { kind: 'Mesh' }) {
  return { type, mesh: 'shop', name, spec: { targetRef, to: [{ targetRef: { kind: 'Mesh' }, default: conf }] } }
}
