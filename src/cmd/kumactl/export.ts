import type { Command } from 'commander'
import type { Registry } from '../../core/kind.js'
import { withInternalKinds } from '../../core/kinds/internal.js'
import { toUniversal, yamlText } from '../../core/print.js'
import type { Resource } from '../../core/resource.js'
import type { ApiClient } from './client.js'
import { type Terminal, sessionOf, withClient } from './context.js'
import { CliFailure } from './failure.js'

const path = '/_store'

export function addExport(program: Command, terminal: Terminal): void {
  program
    .command('export')
    .description('print all that is stored, secrets included, for "kumactl apply --restore"')
    .option('-o, --output <format>', 'yaml or json', 'yaml')
    .action(async ({ output }: { output: string }, command: Command) => {
      if (output !== 'yaml' && output !== 'json') throw new CliFailure(`unknown output format "${output}": expected yaml or json`)
      await withClient(sessionOf(command), async (client) => {
        const { items } = (await client.get(path)) as { items: readonly unknown[] }
        terminal.out(output === 'json' ? `${JSON.stringify(items, undefined, 2)}\n` : items.map(yamlText).join('---\n'))
      })
    })
}

/**
 * Makes what is stored what was exported.
 * @returns what was done, for people
 */
export async function restore(client: ApiClient, resources: readonly Resource[], registry: Registry): Promise<string> {
  const stored = withInternalKinds(registry)
  const { body } = await client.put(path, { items: resources.map((resource) => toUniversal(resource, stored)) })
  const { stored: count, deleted } = body as { stored: number; deleted: number }
  return `restored ${count} resources, deleted ${deleted} others\n`
}
