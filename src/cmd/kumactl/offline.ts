import type { Command } from 'commander'
import { stringify } from 'yaml'
import { applyOffline, refusedResources, translateOffline } from '../offline.js'
import type { Terminal } from './context.js'
import { CliFailure, ExitStatus } from './failure.js'
import { describeIssue } from './issues.js'
import { filesOf, readMetadata } from './mesh-source.js'
import { table } from './table.js'

interface TranslateOptions {
  readonly file: string[]
  readonly dataplane?: string
  readonly metadata?: string
  readonly output: string
  readonly strict?: boolean
}

interface ValidateOptions {
  readonly file: string[]
  readonly output: string
  readonly strict?: boolean
}

/** `translate` and `validate`: what a control plane would say, without one. */
export function addOffline(program: Command, terminal: Terminal): void {
  program
    .command('translate')
    .description('the Envoy configuration that each proxy would get, without a control plane')
    .requiredOption('-f, --file <path...>', 'files, folders or URLs with resources, applied in this order')
    .option('--dataplane <name>', 'only this proxy')
    .option('--metadata <path>', 'JSON file with node metadata by dataplane')
    .option('--strict', 'refuse unknown fields')
    .option('-o, --output <format>', 'json or yaml', 'json')
    .action((options: TranslateOptions, command: Command) => translate(options, command, terminal))
  program
    .command('validate')
    .description('whether a control plane would take resources, without one')
    .requiredOption('-f, --file <path...>', 'files, folders or URLs with resources, applied in this order')
    .option('--strict', 'refuse unknown fields')
    .option('-o, --output <format>', 'table or json', 'table')
    .action((options: ValidateOptions) => validate(options, terminal))
}

async function translate(options: TranslateOptions, command: Command, terminal: Terminal): Promise<void> {
  if (options.output !== 'json' && options.output !== 'yaml')
    throw new CliFailure(`unknown output format "${options.output}": expected json or yaml`)
  const { mesh } = command.optsWithGlobals<{ mesh?: string }>()
  const files = await filesOf(options.file, terminal)
  const result = translateOffline(files, {
    mesh,
    dataplane: options.dataplane,
    metadata: readMetadata(options.metadata),
    strict: options.strict,
  })
  for (const issue of result.issues) terminal.err(`${describeIssue(issue)}\n`)
  terminal.out(options.output === 'json' ? `${JSON.stringify(result.proxies, undefined, 2)}\n` : stringify(result.proxies))
  if (result.refusals.length > 0) throw new CliFailure(`${result.refusals.length} resource(s) were refused and left out`)
}

async function validate(options: ValidateOptions, terminal: Terminal): Promise<void> {
  if (options.output !== 'json' && options.output !== 'table')
    throw new CliFailure(`unknown output format "${options.output}": expected table or json`)
  const state = applyOffline(await filesOf(options.file, terminal), { strict: options.strict })
  const refused = refusedResources(state)
  if (options.output === 'json') terminal.out(`${JSON.stringify(refused, undefined, 2)}\n`)
  else terminal.out(validationTable(state))
  if (refused.length > 0) throw new ExitStatus(1)
}

function validationTable({ issues }: ReturnType<typeof applyOffline>): string {
  if (issues.length === 0) return 'all resources are valid\n'
  const rows = issues.map(({ level, position, resource, path, message }) => [
    level,
    position ? `${position.file ?? '-'}:${position.line}` : '',
    resource ? `${resource.type} ${resource.name}` : '',
    path,
    message,
  ])
  return `${table(['LEVEL', 'PLACE', 'RESOURCE', 'FIELD', 'MESSAGE'], rows)}\n`
}
