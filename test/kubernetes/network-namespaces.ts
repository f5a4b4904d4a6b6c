import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/**
 * Network namespaces for a test that changes rules of iptables. Where they or iptables can't be had the test is skipped and says
 * why; with `KUMA_REQUIRE=network-namespaces` it fails instead.
 */
export const namespaces = lookUp()

function lookUp(): { readonly missing: boolean; readonly reason: string } {
  const why = hindrance()
  if (why === undefined) return { missing: false, reason: '' }
  const required = (process.env['KUMA_REQUIRE'] ?? '').split(',').includes('network-namespaces')
  if (required) throw new Error(`KUMA_REQUIRE names network-namespaces: ${why}`)
  return { missing: true, reason: `(skipped: ${why})` }
}

function hindrance(): string | undefined {
  if (process.platform !== 'linux' || process.geteuid?.() !== 0) return 'network namespaces are made by root on Linux'
  for (const program of ['iptables-nft-save', 'ip6tables-nft-save', 'ip']) {
    if (spawnSync(program, ['-V']).error) return `there is no ${program}: it is in Debian's packages iptables and iproute2`
  }
  const probe = '*nat\n-A OUTPUT -p tcp --dport 1 -m owner --uid-owner 1 -j REDIRECT --to-ports 1\nCOMMIT\n'
  const name = newName()
  try {
    ip('netns', 'add', name)
  } catch (error) {
    return `there are no network namespaces here: ${(error as Error).message.trim()}`
  }
  try {
    ip('-n', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth1')
    ip('-n', name, 'address', 'add', 'fd77::1/64', 'dev', 'eth0')
    for (const restore of ['iptables-nft-restore', 'ip6tables-nft-restore']) {
      execFileSync('ip', ['netns', 'exec', name, restore, '--noflush'], { input: probe, stdio: 'pipe' })
    }
  } catch (error) {
    return `the kernel lacks virtual interfaces, IPv6 or redirection: ${(error as Error).message.trim()}`
  } finally {
    ip('netns', 'delete', name)
  }
  return undefined
}

function newName(): string {
  return `kuma-test-${randomUUID().slice(0, 8)}`
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' })
}

/** A network of its own, in which programs run. */
export class NetworkNamespace {
  readonly #name = newName()
  readonly #running: ChildProcess[] = []

  constructor() {
    ip('netns', 'add', this.#name)
    ip('-n', this.#name, 'link', 'set', 'lo', 'up')
  }

  /** A cable to another network. Each end has its addresses, as CIDRs. */
  connect(other: NetworkNamespace, own: readonly string[], others: readonly string[]): void {
    ip('-n', this.#name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', other.#name)
    this.#address(own)
    other.#address(others)
  }

  #address(addresses: readonly string[]): void {
    for (const address of addresses) {
      const usable = address.includes(':') ? ['nodad'] : []
      ip('-n', this.#name, 'address', 'add', address, 'dev', 'eth0', ...usable)
    }
    ip('-n', this.#name, 'link', 'set', 'eth0', 'up')
  }

  /** Runs a program to its end. @param input its standard input */
  run(
    program: string,
    args: readonly string[] = [],
    input = '',
  ): { readonly status: number | null; readonly out: string; readonly err: string } {
    const { status, stdout, stderr } = spawnSync('ip', ['netns', 'exec', this.#name, program, ...args], { input, encoding: 'utf8' })
    return { status, out: stdout, err: stderr }
  }

  /** Starts a script that serves, once it has printed a line. */
  async serve(script: string): Promise<void> {
    const child = spawn('ip', ['netns', 'exec', this.#name, process.execPath, '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#running.push(child)
    await once(createInterface(child.stdout), 'line')
  }

  close(): void {
    for (const child of this.#running) child.kill('SIGKILL')
    ip('netns', 'delete', this.#name)
  }
}
