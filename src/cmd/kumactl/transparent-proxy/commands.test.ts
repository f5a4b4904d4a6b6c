import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { parseDocument } from 'yaml'
import { registry } from '../../../translate/kinds.js'
import { kumactlProgram } from '../program.js'
import { settingFlags, variableOf } from './flags.js'

/** What a dry run prints, of IPv4 alone whatever the machine has. */
async function dryRun(args: readonly string[], stdin = ''): Promise<string> {
  let out = ''
  const terminal = {
    out: (text: string) => void (out += text),
    err: () => {},
    readStdin: async () => stdin,
    now: () => new Date(0),
    registry,
  }
  const all = ['install', 'transparent-proxy', '--dry-run', '--ip-family-mode=ipv4', '--kuma-dp-user=5678', ...args]
  await kumactlProgram(terminal, '0').parseAsync(all, { from: 'user' })
  return out
}

afterEach(() => vi.unstubAllEnvs())

const fixtures = new URL('../../../../fixtures/kubernetes/injector/', import.meta.url)
const injected = readdirSync(fixtures).flatMap((name) => {
  const text = readFileSync(new URL(`${name}/output.yaml`, fixtures), 'utf8')
  const inits = parseDocument(text).toJS() as unknown
  const found = argumentsOf(inits)
  return found ? [{ name, args: found.filter((arg) => !arg.startsWith('--ebpf')) }] : []
})

/** The arguments of kuma-init, wherever it is in what the injector answers. */
function argumentsOf(value: unknown): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { name, command, args } = value as {
    readonly name?: unknown
    readonly command?: readonly string[]
    readonly args?: readonly string[]
  }
  if (name === 'kuma-init' && command?.includes('transparent-proxy')) return args
  for (const inner of Object.values(value)) {
    const found = argumentsOf(inner)
    if (found) return found
  }
  return undefined
}

it('there are injected Pods to take the arguments of', () => expect(injected.length).toBeGreaterThan(3))

it.each(injected)('takes what the injector gives kuma-init: $name', async ({ args }) => {
  const out = await dryRun(args)
  expect(out).toContain('### IPv4 ###')
  for (const [, port] of args.join(' ').matchAll(/--redirect-\w+-port=(\d+)/g)) expect(out).toContain(`--to-ports ${port}`)
  for (const [, ports = ''] of args.join(' ').matchAll(/--exclude-(?:in|out)bound-ports=(\S+)/g)) {
    for (const port of ports.split(',')) expect(out).toMatch(new RegExp(`--dport ${port} -j RETURN`))
  }
})

it('a flag goes before a variable, that before --config, and that before the file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'transparent-proxy-'))
  try {
    const file = join(folder, 'settings.yaml')
    writeFileSync(file, 'redirect: { inbound: { port: 1001 }, outbound: { port: 2001 }, dns: { captureAll: true, port: 3001 } }\n')
    vi.stubEnv('KUMA_TRANSPARENT_PROXY_REDIRECT_INBOUND_PORT', '1003')
    vi.stubEnv('KUMA_TRANSPARENT_PROXY_REDIRECT_OUTBOUND_PORT', '2003')
    const config = '{"redirect":{"inbound":{"port":1002},"dns":{"port":3002}}}'
    const out = await dryRun(['--config-file', file, '--config', config, '--redirect-inbound-port', '1004'])
    const ports = [...out.matchAll(/--to-ports (\d+)/g)].map(([, port]) => port)
    expect(ports).toEqual(['3002', '1004', '2003'])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

it('reads settings of standard input', async () => {
  expect(await dryRun(['--config-file=-'], 'redirect:\n  inbound:\n    enabled: false\n')).toContain('inbound is not redirected')
})

it.each([
  [['--redirect-inbound-port=x'], 'redirect.inbound.port (--redirect-inbound-port): found "x": allowed is a port from 1 to 65535'],
  [['--redirect-dns', '--redirect-all-dns-traffic'], 'one of them can be given, not both'],
  [['--ebpf-enabled', '--ebpf-instance-ip=10.0.0.1'], 'eBPF is not supported'],
  [['--config-file=/nowhere'], '--config-file /nowhere: ENOENT'],
  [['--config=- 1'], '--config: expected a map of settings'],
  [['--kuma-dp-user=no.such.user'], '--kuma-dp-user no.such.user: there is no such user'],
])('refuses %j', async (args, message) => {
  await expect(dryRun(args)).rejects.toThrow(message)
})

it('variables are called as Kuma calls them', () => {
  const names = settingFlags.map(({ path }) => variableOf(path).replace('KUMA_TRANSPARENT_PROXY_', ''))
  expect(names).toEqual(
    expect.arrayContaining([
      'KUMA_DP_USER',
      'IP_FAMILY_MODE',
      'REDIRECT_INBOUND_EXCLUDE_PORTS_FOR_IPS',
      'REDIRECT_OUTBOUND_EXCLUDE_PORTS_FOR_UIDS',
      'REDIRECT_INBOUND_INSERT_REDIRECT_INSTEAD_OF_APPEND',
      'REDIRECT_DNS_SKIP_CONNTRACK_ZONE_SPLIT',
      'REDIRECT_DNS_RESOLV_CONFIG_PATH',
      'RETRY_SLEEP_BETWEEN_RETRIES',
    ]),
  )
})
