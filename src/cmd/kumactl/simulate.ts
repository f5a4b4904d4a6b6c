import type { Command } from 'commander'
import { placeholderAdminTls, rawCodec } from '../../protojson/index.js'
import { createFleet } from '../../translate/fleet.js'
import { type Hop, type Outcome, type Simulation, simulate } from '../../simulate/index.js'
import { KumaError } from '../../core/errors.js'
import { type Terminal, sessionOf } from './context.js'
import { CliFailure, ExitStatus } from './failure.js'
import { meshResources, readMetadata } from './mesh-source.js'
import { painter } from './paint.js'
import { table } from './table.js'

interface SimulateOptions {
  readonly from: string
  readonly to: string
  readonly file?: string[]
  readonly port?: string
  readonly http2?: boolean
  readonly tcp?: boolean
  readonly method?: string
  readonly path?: string
  readonly host?: string
  readonly header: Record<string, string[]>
  readonly sni?: string
  readonly metadata?: string
  readonly output: string
}

/** Status 0: the request arrives, whichever way it goes. 2: it doesn't, or not always. 1: the question couldn't be answered. */
export function addSimulate(program: Command, terminal: Terminal): void {
  program
    .command('simulate')
    .description('what would become of a request: who lets it in or keeps it out, which route it takes, where it arrives')
    .requiredOption('--from <name>', 'the caller: a dataplane or a service')
    .requiredOption('--to <name>', 'what is dialled: a service, a host name, address:port or a listener')
    .option('-f, --file <path...>', 'files, folders or URLs with resources; without, what the control plane has')
    .option('--port <port>', 'which port of the service')
    .option('--http2', 'HTTP/2, as gRPC speaks it')
    .option('--tcp', 'bytes that are not HTTP')
    .option('--method <method>', 'default: GET')
    .option('--path <path>', 'with the query; default: /')
    .option('--host <host>', 'default: what --to says')
    .option('-H, --header <name: value>', 'a header; may be repeated', collectHeader, {})
    .option('--sni <name>', 'the application speaks TLS itself and asks for this name')
    .option('--metadata <path>', 'JSON file with node metadata by dataplane')
    .option('-o, --output <format>', 'table or json', 'table')
    .action((options: SimulateOptions, command: Command) => run(options, command, terminal))
}

function collectHeader(text: string, before: Record<string, string[]>): Record<string, string[]> {
  const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(text) ?? []
  if (name === '') throw new CliFailure(`--header ${JSON.stringify(text)}: expected "name: value"`)
  return { ...before, [name]: [...(before[name] ?? []), value] }
}

async function run(options: SimulateOptions, command: Command, terminal: Terminal): Promise<void> {
  const { from, to, http2, tcp, method, path, host, header, sni, output } = options
  if (output !== 'table' && output !== 'json') throw new CliFailure(`unknown output format "${output}": expected table or json`)
  const port = options.port === undefined ? undefined : Number(options.port)
  if (port !== undefined && !Number.isInteger(port)) throw new CliFailure(`--port ${options.port}: expected a number`)
  const metadata = readMetadata(options.metadata)
  const resources = await meshResources(options.file, command, terminal)
  const { mesh } = sessionOf(command)
  const fleet = createFleet(resources)
  const key = { mesh, name: from }
  const proxyOptions = ({ name }: { readonly name: string }) => ({ metadata: metadata?.[name], adminTls: placeholderAdminTls, rawCodec })
  const request = {
    from: fleet.has(key) ? key : from,
    to,
    port,
    protocol: tcp ? 'tcp' : http2 ? 'http2' : 'http',
    method,
    path,
    host,
    headers: header,
    sni,
  } as const
  const answer = answered(() => simulate(fleet, request, { proxyOptions }))
  terminal.out(output === 'json' ? `${JSON.stringify(answer, undefined, 2)}\n` : textOf(answer, terminal))
  if (answer.outcomes.some(({ kind }) => kind !== 'delivered')) throw new ExitStatus(2)
}

function answered(ask: () => Simulation): Simulation {
  try {
    return ask()
  } catch (error) {
    throw error instanceof KumaError ? new CliFailure(error.message) : error
  }
}

const colours = { delivered: 'green', denied: 'red', answered: 'yellow', failed: 'red', unknown: 'yellow' } as const

function textOf({ outcomes }: Simulation, terminal: Terminal): string {
  const paint = painter(terminal)
  return `${outcomes.map((outcome) => `${paint(colours[outcome.kind], titleOf(outcome))}\n${hopsText(outcome.hops)}`).join('\n\n')}\n`
}

function hopsText(hops: readonly Hop[]): string {
  return hops.length > 0 ? table(['PROXY', 'LISTENER', 'PERMISSION', 'ROUTE', 'TO'], hops.map(rowOf)) : ''
}

function titleOf({ kind, probability, status, grpcStatus, reason, arrives }: Outcome): string {
  const request = arrives?.request ? `: ${arrives.request.method} ${arrives.request.path} of ${arrives.request.authority}` : ''
  const answer = `${status === undefined ? '' : ` ${status}`}${grpcStatus === undefined ? '' : `, gRPC ${grpcStatus}`}`
  return `${Math.round(probability * 1000) / 10} % ${kind}${answer}: ${reason}${request}`
}

function rowOf({ proxy, listener, permissions, route, faults, rateLimits, cluster, endpoint }: Hop): string[] {
  const limits = rateLimits.map(({ requests, perSeconds }) => `limit ${requests} in ${perSeconds} s`)
  const timeout = route?.timeoutSeconds ? [`timeout ${route.timeoutSeconds} s`] : []
  const retries = route?.retry ? [`${route.retry.retries} retries`] : []
  return [
    proxy.name,
    listener,
    permissions.map(({ allowed, by }) => `${allowed ? 'allowed' : 'denied'}${by.length > 0 ? ` by ${by.join(', ')}` : ''}`).join('; ') ||
      '-',
    [route?.match ?? '-', ...timeout, ...retries, ...limits, ...(faults.length > 0 ? [`${faults.length} faults`] : [])].join('; '),
    endpoint ? `${cluster} ${endpoint.address}:${endpoint.port}` : (cluster ?? '-'),
  ]
}
