import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Programs, type Running } from '../../scripts/programs.js'
import { kumaCpPlace } from '../kuma-cp/place.js'

/** A control plane with its tools as they were built, and proxies beside it, all in a folder that goes away with them. */
export class Session {
  private readonly servers: net.Server[] = []

  private constructor(
    private readonly programs: Programs,
    private readonly folder: string,
    readonly cp: Running,
    readonly api: string,
    readonly bootstrap: string,
  ) {}

  /** Starts kuma-cp; `env` over ports that are free and a folder of its own. */
  static async start(env: Readonly<Record<string, string>> = {}): Promise<Session> {
    const folder = mkdtempSync(join(tmpdir(), 'kuma-session-'))
    const place = await kumaCpPlace(folder)
    const programs = new Programs()
    const cp = programs.start('kuma-cp', ['run'], { ...place.settings, ...env }, join(folder, 'kuma-cp.log'))
    const session = new Session(programs, folder, cp, place.api, place.secureApi)
    await session.until(place.ready, 'kuma-cp is not ready')
    await session.kumactl(['config', 'control-planes', 'add', '--name', 'test', '--address', session.api])
    return session
  }

  kumactl(args: readonly string[], input = ''): Promise<string> {
    return this.programs.run('kumactl', ['--config-file', join(this.folder, 'kumactl.yaml'), ...args], { input })
  }

  /** From here on kumactl is the administrator. */
  async becomeAdministrator(): Promise<void> {
    const token = readFileSync(join(this.folder, 'cp', 'admin-user-token'), 'utf8')
    const auth = ['--auth-type', 'tokens', '--auth-conf', `token=${token}`]
    await this.kumactl(['config', 'control-planes', 'add', '--name', 'test', '--overwrite', '--address', this.api, ...auth])
  }

  apply(yaml: string): Promise<string> {
    return this.kumactl(['apply', '-f', '-'], yaml)
  }

  /** Starts kuma-dp as its users of 2019 did. */
  proxy(name: string, envoy: string, env: Readonly<Record<string, string>> = {}): Running {
    const settings = {
      ENVOY_PATH: envoy,
      KUMA_CONTROL_PLANE_BOOTSTRAP_SERVER_URL: this.bootstrap,
      KUMA_DATAPLANE_MESH: 'default',
      KUMA_DATAPLANE_NAME: name,
      ...env,
    }
    return this.programs.start('kuma-dp', ['run'], settings, join(this.folder, `${name}.log`))
  }

  /** A TCP server that answers to what it reads. */
  async serve(answer: (text: string) => string): Promise<number> {
    const server = net.createServer((socket) => {
      socket.on('error', () => {})
      socket.on('data', (data) => socket.write(answer(String(data))))
    })
    this.servers.push(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as net.AddressInfo).port
  }

  /** Asks until it holds; says what kuma-cp and others said last where it doesn't. */
  async until(holds: () => Promise<boolean>, failure: string, others: readonly Running[] = [], limitMs = 40_000): Promise<void> {
    const end = Date.now() + limitMs
    while (Date.now() < end) {
      if (await holds().catch(() => false)) return
      await sleep(100)
    }
    const last = (program: Running) => program.said().split('\n').slice(-25).join('\n')
    throw new Error(`${failure}\n--- kuma-cp\n${last(this.cp)}\n${others.map((other) => `---\n${last(other)}`).join('\n')}`)
  }

  async stop(): Promise<void> {
    for (const server of this.servers) server.close()
    this.programs.stopAll()
    await this.cp.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Sends a text to a port of this machine and gives what comes back; undefined: nothing, the connection was closed. */
export function tell(port: number, text: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(text))
    socket.setTimeout(5000, () => socket.destroy(new Error('no answer in time')))
    socket.once('data', (data) => {
      resolve(String(data))
      socket.destroy()
    })
    socket.once('end', () => resolve(undefined))
    socket.once('close', () => resolve(undefined))
    socket.once('error', reject)
  })
}
