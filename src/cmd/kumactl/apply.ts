import type { Command } from 'commander'
import { parseDuration } from '../../core/duration.js'
import { withInternalKinds } from '../../core/kinds/internal.js'
import { parse } from '../../core/parse.js'
import { print, toUniversal } from '../../core/print.js'
import type { Resource } from '../../core/resource.js'
import type { ApiClient } from './client.js'
import { type Terminal, resourcePath, sessionOf, withClient } from './context.js'
import { restore } from './export.js'
import { CliFailure } from './failure.js'
import { describeIssue } from './issues.js'
import { collectVariable, renderVariables } from '../variables.js'
import { readInput } from './read-input.js'
import { lastChange, waitForProxies } from './wait.js'

interface ApplyOptions {
  readonly file: string
  readonly var: Record<string, string>
  readonly dryRun?: boolean
  readonly strict?: boolean
  readonly restore?: boolean
  /** Milliseconds; `true`: as long as is usual. */
  readonly wait?: number | true
}

export function addApply(program: Command, terminal: Terminal): void {
  program
    .command('apply')
    .description('create or modify resources')
    .requiredOption('-f, --file <path>', 'file, folder or URL with the resources; "-" reads standard input')
    .option('-v, --var <name=value>', 'replaces {{ name }} in the input', collectVariable, {})
    .option('--strict', 'refuse unknown fields')
    .option('--wait [duration]', 'waits until all proxies run what was applied, e.g. 90s', durationMs)
    .option('--restore', 'makes what is stored what "kumactl export" said: also deletes what is not in it')
    .option('--dry-run', 'prints what would be applied and applies nothing')
    .action((options: ApplyOptions, command: Command) => apply(options, command, terminal))
}

async function apply(options: ApplyOptions, command: Command, terminal: Terminal): Promise<void> {
  const resources = await readResources(options, terminal)
  if (options.dryRun) {
    terminal.out(print(resources, terminal.registry))
    return
  }
  const session = sessionOf(command)
  await withClient(session, async (client) => {
    const since = options.wait === undefined ? undefined : await lastChange(client)
    if (options.restore) terminal.out(await restore(client, resources, terminal.registry))
    else await applyEach(client, resources, session.mesh, terminal)
    if (since !== undefined)
      await waitForProxies(client, { since, timeoutMs: options.wait === true ? usualWaitMs : (options.wait ?? 0) }, terminal)
  })
}

async function applyEach(client: ApiClient, resources: readonly Resource[], defaultMesh: string, terminal: Terminal): Promise<void> {
  for (const resource of resources) {
    const kind = terminal.registry.byType(resource.type)
    if (!kind) throw new CliFailure(`unknown type "${resource.type}"`)
    const mesh = resource.mesh ?? defaultMesh
    const label = `resource type="${resource.type}" mesh="${resource.mesh ?? ''}" name="${resource.name}"`
    try {
      const { status, body: answer } = await client.put(resourcePath(kind, mesh, resource.name), toUniversal(resource, terminal.registry))
      terminal.out(`${label} ${status === 201 ? 'Created' : 'Updated'}\n`)
      for (const warning of (answer as { warnings?: string[] }).warnings ?? []) terminal.err(`Warning: ${warning}\n`)
    } catch (error) {
      if (error instanceof CliFailure) throw new CliFailure(`${label}: failed server side: ${error.message}`)
      throw error
    }
  }
}

const usualWaitMs = 60_000

function durationMs(text: string): number {
  const parsed = parseDuration(text)
  if (parsed.ok && parsed.nanos > 0n) return Number(parsed.nanos) / 1e6
  throw new CliFailure(`--wait: ${JSON.stringify(text)} is not allowed, only a duration above 0 such as 90s or 2m`)
}

/** All of the input or nothing: one document that can't be read keeps the others from being applied. */
async function readResources(
  { file, var: variables, strict = false, restore: whole }: ApplyOptions,
  terminal: Terminal,
): Promise<Resource[]> {
  const inputs = await readInput(file, terminal)
  const resources: Resource[] = []
  const registry = whole ? withInternalKinds(terminal.registry) : terminal.registry
  let refused = false
  for (const { source, text } of inputs) {
    const rendered = Object.keys(variables).length > 0 ? renderVariables(text, variables) : text
    const parsed = parse(rendered, registry, { file: source, strict, ...(whole && { maxLength: Number.POSITIVE_INFINITY }) })
    for (const issue of parsed.issues) {
      terminal.err(`${describeIssue(issue)}\n`)
      refused ||= issue.level === 'error'
    }
    resources.push(...parsed.resources)
  }
  if (refused) throw new CliFailure('nothing was applied: some resources are not valid')
  if (resources.length === 0) throw new CliFailure('no resource(s) passed to apply')
  return resources
}
