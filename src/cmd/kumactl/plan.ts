import { type Command, InvalidArgumentError } from 'commander'
import { placeholderAdminTls, rawCodec } from '../../protojson/index.js'
import { type Impact, impacts, plan } from '../../plan/index.js'
import { nativeDigest } from '../../server/native-digest.js'
import { type Terminal, sessionOf } from './context.js'
import { CliFailure, ExitStatus } from './failure.js'
import { readMetadata } from './mesh-source.js'
import { painter } from './paint.js'
import { statesToCompare } from './plan-input.js'
import { planText } from './plan-text.js'

interface PlanOptions {
  readonly file: string[]
  readonly metadata?: string
  readonly fields?: boolean
  readonly failOn: Impact
  readonly output: string
}

const collect = (value: string, before: string[] = []) => [...before, value]

function impactOf(text: string): Impact {
  const found = impacts.find((impact) => impact === text)
  if (found === undefined) throw new InvalidArgumentError(`expected one of ${impacts.join(', ')}`)
  return found
}

/** Status 0: nothing as bad as --fail-on happens. 2: something does. 1: the resources are not valid. */
export function addPlan(program: Command, terminal: Terminal): void {
  program
    .command('plan')
    .description('what a change will do: which proxies get what, what that means to traffic, and to open connections')
    .requiredOption('-f, --file <path>', 'twice: resources before and after; once: what is applied to the control plane', collect)
    .option('--metadata <path>', 'JSON file with node metadata by dataplane')
    .option('--fields', 'also show each field of Envoy’s configuration that changes')
    .option('--fail-on <impact>', `status 2 from this on: ${impacts.join(', ')}`, impactOf, 'drops')
    .option('-o, --output <format>', 'table or json', 'table')
    .action((options: PlanOptions, command: Command) => run(options, command, terminal))
}

async function run(options: PlanOptions, command: Command, terminal: Terminal): Promise<void> {
  const { file, output, failOn, fields = false } = options
  if (output !== 'table' && output !== 'json') throw new CliFailure(`unknown output format "${output}": expected table or json`)
  const metadata = readMetadata(options.metadata)
  const { before, after } = await statesToCompare(file, sessionOf(command), terminal)
  const proxyOptions = ({ name }: { readonly name: string }) => ({ metadata: metadata?.[name], adminTls: placeholderAdminTls, rawCodec })
  const made = plan(before, after, { proxyOptions, digest: nativeDigest })
  terminal.out(output === 'json' ? `${JSON.stringify(made, undefined, 2)}\n` : planText(made, painter(terminal), fields))
  if (made.impact !== 'no-op' && impacts.indexOf(made.impact) >= impacts.indexOf(failOn)) throw new ExitStatus(2)
}
