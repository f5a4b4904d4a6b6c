import { Command, InvalidArgumentError, Option } from 'commander'
import { type LogLevel, createLogger, logLevels } from '../log.js'
import { collectVariable } from '../variables.js'
import { run } from './run.js'
import { type Environment, type RunFlags, milliseconds, readSettings } from './settings.js'
import { waitForProxy } from './wait.js'

export interface DpTerminal {
  readonly env: Environment
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly readStdin: () => Promise<string>
  /** Told how the program ends. */
  readonly exit: (status: number) => void
}

type WaitFlags = Readonly<Record<'url' | 'timeout' | 'checkFrequency' | 'requestTimeout', string>>

/** All of kuma-dp's commands. Errors are thrown; the entry prints them. */
export function kumaDpProgram(terminal: DpTerminal, version: string): Command {
  const program = new Command('kuma-dp')
    .description('Runs Envoy as a proxy of a mesh')
    .addOption(new Option('--log-level <level>', 'log level').choices(logLevels).default('info'))
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.err })
  program
    .command('version')
    .description('print the version')
    .action(() => terminal.out(`Kuma ${version}\n`))
  program
    .command('wait')
    .description('wait until the proxy on this machine is ready')
    .option('--url <url>', 'where it says so', 'http://localhost:9901/ready')
    .option('--timeout <duration>', 'how long to wait', '180s')
    .option('--check-frequency <duration>', 'how often to ask', '1s')
    .option('--request-timeout <duration>', 'how long one answer is waited for', '500ms')
    .action(async (flags: WaitFlags, command: Command) => {
      const log = createLogger('kuma-dp', command.optsWithGlobals<{ logLevel: LogLevel }>().logLevel)
      await waitForProxy({
        ...{ url: flags.url, log },
        timeoutMs: milliseconds('--timeout', flags.timeout),
        checkFrequencyMs: milliseconds('--check-frequency', flags.checkFrequency),
        requestTimeoutMs: milliseconds('--request-timeout', flags.requestTimeout),
      })
    })
  addRunOptions(
    program.command('run').description('fetch the bootstrap configuration from the control plane and run Envoy with it'),
  ).action(async (flags: RunFlags, command: Command) => {
    const logLevel = command.optsWithGlobals<{ logLevel: LogLevel }>().logLevel
    const log = createLogger('kuma-dp', logLevel)
    const settings = readSettings(flags, terminal.env)
    const envoyLogLevel = logLevel === 'warn' ? 'warning' : logLevel
    terminal.exit(await run(settings, { ...terminal, log, logLevel: envoyLogLevel, version }))
  })
  return program
}

function addRunOptions(command: Command): Command {
  return command
    .option('--name <name>', 'name of the Dataplane (KUMA_DATAPLANE_NAME)')
    .option('--mesh <name>', 'mesh that the Dataplane belongs to (KUMA_DATAPLANE_MESH; default: default)')
    .option('--proxy-type <type>', 'dataplane, ingress or egress (KUMA_DATAPLANE_PROXY_TYPE; default: dataplane)')
    .option('--cp-address <url>', "the control plane's dp server (KUMA_CONTROL_PLANE_URL; default: https://localhost:5678)")
    .option('--ca-cert-file <path>', 'CA by which the control plane is known (KUMA_CONTROL_PLANE_CA_CERT_FILE)')
    .option('--skip-verify', "don't check the control plane's certificate: for trying out only")
    .option('-d, --dataplane-file <path>', 'the Dataplane that this proxy registers as; "-" reads standard input')
    .option('--dataplane <text>', 'the Dataplane that this proxy registers as, as text')
    .option('-v, --dataplane-var <name=value>', 'replaces {{ name }} in the Dataplane', collectVariable, {})
    .option('--dataplane-token-file <path>', 'file with the dataplane token (KUMA_DATAPLANE_RUNTIME_TOKEN_PATH)')
    .option('--dataplane-token <token>', 'the dataplane token itself (KUMA_DATAPLANE_RUNTIME_TOKEN)')
    .option('--binary-path <path>', "Envoy's program (KUMA_DATAPLANE_RUNTIME_BINARY_PATH, ENVOY_PATH; default: envoy in PATH)")
    .option('--concurrency <number>', "number of Envoy's worker threads")
    .option('--drain-time <duration>', 'how long connections may take to end (KUMA_DATAPLANE_DRAIN_TIME; default: 30s)')
    .option(
      '--admin-port <port>',
      "port, or range of ports, of Envoy's admin interface (KUMA_DATAPLANE_ADMIN_PORT; default: a Unix socket)",
    )
    .option('--work-dir <path>', 'folder for configuration and sockets (default: a temporary one)')
    .addOption(new Option('--config-dir <path>', 'older name of --work-dir').hideHelp())
    .option('--envoy-log-level <level>', "Envoy's log level (default: that of kuma-dp)")
    .option('--envoy-component-log-level <levels>', "Envoy's log levels by component")
    .option('--metrics-cert-path <path>', 'certificate of the metrics listener')
    .option('--metrics-key-path <path>', 'key of the metrics listener')
    .option('--bind-outbounds', 'bind outbounds to loopback addresses of their own')
    .addOption(
      new Option(
        '--dns-enabled [boolean]',
        "answer the mesh's host names on KUMA_DNS_PROXY_PORT (KUMA_DNS_ENABLED; default: true)",
      ).argParser(boolean),
    )
}

function boolean(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('expected true or false')
  return text === 'true'
}
