import type { Command } from 'commander'
import { print } from '../../core/print.js'
import { type Resource, keyOf } from '../../core/resource.js'
import { migrate } from '../../migrate/index.js'
import { placeholderAdminTls, rawCodec } from '../../protojson/index.js'
import type { Terminal } from './context.js'
import { CliFailure, ExitStatus } from './failure.js'
import { meshResources } from './mesh-source.js'
import { painter } from './paint.js'
import { planText } from './plan-text.js'

interface MigrateOptions {
  readonly file?: string[]
  readonly output: string
}

/** Status 0: no proxy changes. 2: some do; standard error says which and how. 1: the resources are not valid. */
export function addMigrate(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('rewrites policies with sources and destinations into policies with a targetRef, and tells what that changes')
    .option('-f, --file <path...>', 'files, folders or URLs with resources; without, what the control plane has')
    .option('-o, --output <format>', 'yaml: the new resources; json: all that is known of the migration', 'yaml')
    .action((options: MigrateOptions, command: Command) => run(options, command, terminal))
}

async function run({ file, output }: MigrateOptions, command: Command, terminal: Terminal): Promise<void> {
  if (output !== 'yaml' && output !== 'json') throw new CliFailure(`unknown output format "${output}": expected yaml or json`)
  const before = await meshResources(file, command, terminal)
  const migration = migrate(before, { proxyOptions: () => ({ adminTls: placeholderAdminTls, rawCodec }) })
  const made = new Set(migration.rewritten.flatMap(({ to }) => to.map(keyOf)))
  const policies = migration.resources.filter((resource) => made.has(keyOf(resource))).map(asWritten)
  if (output === 'json') terminal.out(`${JSON.stringify(migration, undefined, 2)}\n`)
  else if (policies.length > 0) terminal.out(print(policies, terminal.registry))
  for (const { from, to } of migration.rewritten) {
    const result = to.length > 0 ? to.map(({ type, name }) => `${type} ${name}`).join(', ') : 'nothing: it says what holds anyway'
    terminal.err(`${from.type} ${from.name} becomes ${result}\n`)
  }
  for (const { policy, reason } of migration.kept) terminal.err(`${policy.type} ${policy.name} stays: ${reason}\n`)
  if (output === 'yaml') terminal.err(`\n${planText(migration.plan, painter(terminal), false)}`)
  if (migration.plan.impact !== 'no-op') throw new ExitStatus(2)
}

/** As a person would write it: without what a control plane adds. */
function asWritten({ type, mesh, name, labels, spec }: Resource): Resource {
  const own = Object.entries(labels).filter(([key]) => !key.startsWith('kuma.io/'))
  return { type, mesh, name, labels: Object.fromEntries(own), spec }
}
