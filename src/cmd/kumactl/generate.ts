import type { Command } from 'commander'
import { type Terminal, sessionOf, withClient } from './context.js'
import { CliFailure } from './failure.js'

interface DataplaneTokenOptions {
  readonly name?: string
  readonly tag: string[]
  readonly proxyType: string
  readonly workload?: string
  readonly validFor: string
}

/** Tokens that the control plane signs. */
export function addGenerate(program: Command, terminal: Terminal): void {
  const generate = program.command('generate').description('generate tokens')
  generate
    .command('dataplane-token')
    .description('a token with which a proxy proves who it is')
    .option('--name <name>', 'the Dataplane that it is for; without it, any of the mesh')
    .option('--dataplane <name>', 'older spelling of --name')
    .option(
      '--tag <key=value...>',
      'tags that the Dataplane must have; several values of a key as key=a,b',
      (tag: string, known: string[]) => [...known, tag],
      [],
    )
    .option('--proxy-type <type>', 'dataplane, ingress or egress', 'dataplane')
    .option('--workload <name>', 'the workload that it is for')
    .requiredOption('--valid-for <duration>', 'how long it is valid, such as 24h', '8760h')
    .action(async (options: DataplaneTokenOptions & { dataplane?: string }, command: Command) => {
      const session = sessionOf(command)
      const body = {
        name: options.name ?? options.dataplane,
        mesh: session.mesh,
        tags: tagLists(options.tag),
        type: options.proxyType,
        workload: options.workload,
        validFor: options.validFor,
      }
      terminal.out(await withClient(session, (client) => client.post('/tokens/dataplane', body)))
    })
  generate
    .command('user-token')
    .description('a token with which a user of the API proves who they are')
    .requiredOption('--name <name>')
    .option('--group <name...>', 'groups that the user belongs to')
    .requiredOption('--valid-for <duration>', 'how long it is valid, such as 24h')
    .action(async (options: { name: string; group?: string[]; validFor: string }, command: Command) => {
      const body = { name: options.name, groups: options.group ?? [], validFor: options.validFor }
      terminal.out(await withClient(sessionOf(command), (client) => client.post('/tokens/user', body)))
    })
  generate
    .command('zone-token')
    .description('a token with which a zone proxy proves who it is')
    .requiredOption('--zone <name>')
    .option('--scope <name...>', 'ingress, egress', ['ingress', 'egress'])
    .requiredOption('--valid-for <duration>', 'how long it is valid, such as 24h')
    .action(async (options: { zone: string; scope: string[]; validFor: string }, command: Command) => {
      const body = { zone: options.zone, scope: options.scope, validFor: options.validFor }
      terminal.out(await withClient(sessionOf(command), (client) => client.post('/tokens/zone', body)))
    })
}

function tagLists(tags: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(
    tags.map((tag) => {
      const [key, values] = tag.split('=')
      if (!key || !values) throw new CliFailure(`--tag ${tag}: expected KEY=VALUE`)
      return [key, values.split(',')]
    }),
  )
}
