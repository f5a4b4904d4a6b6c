import type { Command } from 'commander'
import { keyOf } from '../../core/resource.js'
import { type WhyNot, whyNot } from '../../explain/index.js'
import { type Terminal, kindByWord, sessionOf } from './context.js'
import { proxyOf, toInput } from './explain-input.js'
import { CliFailure, ExitStatus } from './failure.js'
import { meshResources, readMetadata } from './mesh-source.js'
import { painter } from './paint.js'

interface WhyNotOptions {
  readonly file?: string[]
  readonly metadata?: string
  readonly output: string
}

/** Status 0: the policy applies. 2: it doesn't. 1: the question couldn't be answered. */
export function addWhyNot(program: Command, terminal: Terminal): void {
  program
    .command('why-not <type> <policy> <dataplane>')
    .description('why a policy does not apply to a proxy: the first condition that is not met, with the values compared')
    .option('-f, --file <path...>', 'files, folders or URLs with resources; without, what the control plane has')
    .option('--metadata <path>', 'JSON file with node metadata by dataplane')
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (word: string, policy: string, dataplane: string, options: WhyNotOptions, command: Command) => {
      if (options.output !== 'text' && options.output !== 'json')
        throw new CliFailure(`unknown output format "${options.output}": expected text or json`)
      const { type } = kindByWord(terminal.registry, word)
      const resources = await meshResources(options.file, command, terminal)
      const { mesh } = sessionOf(command)
      const key = { type, mesh, name: policy }
      if (!terminal.registry.byType(type)?.policy) throw new CliFailure(`${type} is no policy`)
      if (!resources.some((resource) => keyOf(resource) === keyOf(key))) {
        const known = resources.filter((resource) => resource.type === type && resource.mesh === mesh).map(({ name }) => name)
        throw new CliFailure(`there is no ${type} "${policy}" in mesh "${mesh}"; there is: ${known.join(', ') || 'none'}`)
      }
      const answer = whyNot(toInput(resources, proxyOf(resources, mesh, dataplane), readMetadata(options.metadata)), key)
      terminal.out(options.output === 'json' ? `${JSON.stringify(answer, undefined, 2)}\n` : textOf(answer, terminal))
      if (answer.verdict !== 'applies') throw new ExitStatus(2)
    })
}

const sentences: Readonly<Record<WhyNot['verdict'], string>> = {
  applies: 'applies to',
  'not-selected': 'does not select',
  'no-effect': 'selects, but changes nothing of',
}

function textOf({ policy, proxy, verdict, failed, message }: WhyNot, terminal: Terminal): string {
  const paint = painter(terminal)
  const verb = paint(verdict === 'applies' ? 'green' : 'yellow', sentences[verdict])
  const place = failed?.path ? `  at ${failed.path}\n` : ''
  return `${policy.type} ${policy.name} ${verb} ${proxy.name}\n  ${message}\n${place}`
}
