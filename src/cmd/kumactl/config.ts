import type { Command } from 'commander'
import { stringify } from 'yaml'
import { createApiClient } from './client.js'
import { collectVariable } from '../variables.js'
import { type ControlPlaneEntry, type KumactlConfig, saveConfig } from './config-file.js'
import { type Terminal, sessionOf } from './context.js'
import { CliFailure } from './failure.js'
import { table } from './table.js'

interface AddOptions {
  readonly name: string
  readonly address: string
  readonly overwrite?: boolean
  readonly skipVerify?: boolean
  readonly caCertFile?: string
  readonly headers: Record<string, string>
  readonly authType?: string
  readonly authConf: Record<string, string>
}

/** `kumactl config control-planes ...`: which control planes there are, and which one commands talk to. */
export function addConfig(program: Command, terminal: Terminal): void {
  const config = program.command('config').description('manage the control planes that kumactl knows')
  config
    .command('view')
    .description('show the configuration')
    .action((_options: object, command: Command) => terminal.out(stringify(sessionOf(command).config)))

  const planes = config.command('control-planes').description('manage known control planes')
  planes
    .command('list')
    .description('list known control planes')
    .action((_options: object, command: Command) => terminal.out(`${listTable(sessionOf(command).config)}\n`))
  planes
    .command('add')
    .description('add a control plane and make it the active one')
    .requiredOption('--name <name>', 'how it is called here')
    .requiredOption('--address <url>', 'URL of its API server, such as http://localhost:5681')
    .option('--overwrite', 'replace one of the same name')
    .option('--skip-verify', 'accept any certificate (insecure)')
    .option('--ca-cert-file <path>', 'CA that its certificate is verified with')
    .option('--headers <key=value>', 'HTTP headers of each request', collectVariable, {})
    .option('--auth-type <type>', 'how kumactl authenticates: tokens')
    .option('--auth-conf <key=value>', 'for tokens: token=TOKEN', collectVariable, {})
    .action((options: AddOptions, command: Command) => add(options, command, terminal))
  planes
    .command('remove')
    .description('forget a control plane')
    .requiredOption('--name <name>')
    .action((options: { name: string }, command: Command) => remove(options.name, command, terminal))
  planes
    .command('switch')
    .description('make another control plane the active one')
    .requiredOption('--name <name>')
    .action((options: { name: string }, command: Command) => switchTo(options.name, command, terminal))
}

function listTable({ controlPlanes, contexts, currentContext }: KumactlConfig): string {
  const active = contexts.find((c) => c.name === currentContext)?.controlPlane
  const rows = controlPlanes.map(({ name, coordinates }) => [name === active ? '*' : '', name, coordinates.apiServer.url])
  return table(['ACTIVE', 'NAME', 'ADDRESS'], rows)
}

async function add(options: AddOptions, command: Command, terminal: Terminal): Promise<void> {
  const { config, configPath } = sessionOf(command)
  const { name, address } = options
  if (config.controlPlanes.some((cp) => cp.name === name) && !options.overwrite) {
    throw new CliFailure(`Control Plane with name "${name}" already exists. Use --overwrite to replace an existing one.`)
  }
  if (!/^https?:\/\/./.test(address)) throw new CliFailure(`--address ${address}: expected a URL that begins with http:// or https://`)
  const entry: ControlPlaneEntry = {
    name,
    coordinates: {
      apiServer: {
        url: address,
        caCertFile: options.caCertFile,
        skipVerify: options.skipVerify || undefined,
        headers: Object.entries(options.headers).map(([key, value]) => ({ key, value })),
        authType: options.authType,
        authConf: options.authType ? options.authConf : undefined,
      },
    },
  }
  await checkControlPlane(entry)
  saveConfig(configPath, {
    controlPlanes: [...config.controlPlanes.filter((cp) => cp.name !== name), entry],
    contexts: [...config.contexts.filter((c) => c.name !== name), { name, controlPlane: name, defaults: { mesh: 'default' } }],
    currentContext: name,
  })
  terminal.out(`added Control Plane "${name}"\nswitched active Control Plane to "${name}"\n`)
}

/** An address that no control plane answers at is not saved. */
async function checkControlPlane(entry: ControlPlaneEntry): Promise<void> {
  const client = createApiClient(entry)
  try {
    const index = (await client.get('/')) as { product?: unknown; tagline?: unknown; version?: unknown }
    if (typeof index.version !== 'string')
      throw new CliFailure(`the server at ${entry.coordinates.apiServer.url} is not a Kuma control plane`)
  } finally {
    await client.close()
  }
}

function remove(name: string, command: Command, terminal: Terminal): void {
  const { config, configPath } = sessionOf(command)
  if (!config.controlPlanes.some((cp) => cp.name === name)) throw new CliFailure(`there is no Control Plane with name "${name}"`)
  const contexts = config.contexts.filter((c) => c.controlPlane !== name)
  const currentContext = contexts.some((c) => c.name === config.currentContext) ? config.currentContext : ''
  saveConfig(configPath, { controlPlanes: config.controlPlanes.filter((cp) => cp.name !== name), contexts, currentContext })
  terminal.out(`removed Control Plane "${name}"\n`)
}

function switchTo(name: string, command: Command, terminal: Terminal): void {
  const { config, configPath } = sessionOf(command)
  const context = config.contexts.find((c) => c.controlPlane === name)
  if (!context) throw new CliFailure(`there is no Control Plane with name "${name}"`)
  saveConfig(configPath, { ...config, currentContext: context.name })
  terminal.out(`switched active Control Plane to "${name}"\n`)
}
