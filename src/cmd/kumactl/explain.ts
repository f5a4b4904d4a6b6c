import type { Command } from 'commander'
import { type Resource, type ResourceKey, keyOf } from '../../core/resource.js'
import { type ExplainQuery, type Explanation, explain, explainPolicyEverywhere, translateWithProvenance } from '../../explain/index.js'
import type { ProxyKey } from '../../translate/fleet.js'
import { placeholderOptions } from '../placeholders.js'
import { type Terminal, kindByWord, sessionOf } from './context.js'
import { proxiesOf, proxyOf, toInput } from './explain-input.js'
import { fieldText, fieldsText, policyText } from './explain-text.js'
import { CliFailure } from './failure.js'
import { type NodeMetadata, meshResources, readMetadata } from './mesh-source.js'
import { painter } from './paint.js'

interface ExplainOptions {
  readonly file?: string[]
  readonly dataplane?: string
  readonly policy?: string
  readonly listener?: string
  readonly route?: string
  readonly cluster?: string
  readonly metadata?: string
  readonly conditions?: boolean
  readonly output: string
}

/** Status 0: there is an answer. 1: there is no such field, proxy or policy. */
export function addExplain(program: Command, terminal: Terminal): void {
  program
    .command('explain [field]')
    .description('where fields of Envoy’s configuration come from, or what a policy does to each proxy')
    .option('-f, --file <path...>', 'files, folders or URLs with resources; without, what the control plane has')
    .option('--dataplane <name>', 'the proxy; with --policy, all proxies are looked at without it')
    .option('--listener <name>', 'all of this listener')
    .option('--route <name>', 'all of this route configuration')
    .option('--cluster <name>', 'all of this cluster')
    .option('--policy <type/name>', 'every field that this policy sets, what it overrides and what overrides it')
    .option('--conditions', 'also show what fields depend on without repeating it')
    .option('--metadata <path>', 'JSON file with node metadata by dataplane')
    .option('-o, --output <format>', 'table or json', 'table')
    .action((field: string | undefined, options: ExplainOptions, command: Command) => run(field, options, command, terminal))
}

async function run(field: string | undefined, options: ExplainOptions, command: Command, terminal: Terminal): Promise<void> {
  if (options.output !== 'table' && options.output !== 'json')
    throw new CliFailure(`unknown output format "${options.output}": expected table or json`)
  const queries = queriesOf(field, options)
  if (queries.length + (options.policy ? 1 : 0) !== 1)
    throw new CliFailure('name one of: a field, --listener, --route, --cluster, --policy')
  const resources = await meshResources(options.file, command, terminal)
  const { mesh } = sessionOf(command)
  const metadata = readMetadata(options.metadata)
  if (options.policy)
    return explainOnProxies(policyKey(options.policy, mesh, resources, terminal), resources, mesh, metadata, options, terminal)
  if (!options.dataplane) throw new CliFailure('name the proxy with --dataplane')
  const input = toInput(resources, proxyOf(resources, mesh, options.dataplane), metadata)
  const answer = explain(translateWithProvenance(input), queries[0]!)
  if (answer.fields.length === 0) throw new CliFailure(unknownField(answer))
  if (options.output === 'json') return terminal.out(`${JSON.stringify(answer, undefined, 2)}\n`)
  const paint = painter(terminal)
  const [first] = answer.fields
  const shown = answer.fields.length === 1 ? fieldText(first!, paint, options.conditions === true) : fieldsText(answer, paint)
  terminal.out(`${shown}\n`)
}

function queriesOf(field: string | undefined, { listener, route, cluster }: ExplainOptions): ExplainQuery[] {
  return [
    ...(field === undefined ? [] : [{ field }]),
    ...(listener === undefined ? [] : [{ type: 'listeners', name: listener } as const]),
    ...(route === undefined ? [] : [{ type: 'routes', name: route } as const]),
    ...(cluster === undefined ? [] : [{ type: 'clusters', name: cluster } as const]),
  ]
}

function unknownField({ path, nearest }: Explanation): string {
  return `the proxy has no field ${path}${nearest ? `; the nearest is ${nearest}` : ''}`
}

function policyKey(text: string, mesh: string, resources: readonly Resource[], terminal: Terminal): ResourceKey {
  const [word = '', name] = text.split('/')
  if (!name) throw new CliFailure(`--policy ${text}: expected <type>/<name>`)
  const key = { type: kindByWord(terminal.registry, word).type, mesh, name }
  if (!resources.some((resource) => keyOf(resource) === keyOf(key)))
    throw new CliFailure(`there is no ${key.type} "${name}" in mesh "${mesh}"`)
  return key
}

function explainOnProxies(
  key: ResourceKey,
  resources: readonly Resource[],
  mesh: string,
  metadata: NodeMetadata | undefined,
  { dataplane, output }: ExplainOptions,
  terminal: Terminal,
): void {
  const proxies = dataplane ? [proxyOf(resources, mesh, dataplane)] : proxiesOf(resources, mesh)
  const common = placeholderOptions(resources)
  const optionsOf = ({ name }: ProxyKey) => ({ ...common, metadata: metadata?.[name] })
  const answers = explainPolicyEverywhere({ resources, proxies, optionsOf }, key)
  terminal.out(output === 'json' ? `${JSON.stringify(answers, undefined, 2)}\n` : `${policyText(answers, painter(terminal))}\n`)
}
