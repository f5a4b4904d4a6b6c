import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { Kind } from '../../core/kind.js'
import { parseObject } from '../../core/parse.js'
import type { Resource } from '../../core/resource.js'
import { type OfflineFile, applyOffline } from '../offline.js'
import type { ApiClient } from './client.js'
import { type Terminal, collectionPath, sessionOf, withClient } from './context.js'
import { CliFailure } from './failure.js'
import { describeIssue } from './issues.js'
import { readInput } from './read-input.js'

/** Reads what `-f` names. */
export async function filesOf(sources: readonly string[], terminal: Terminal): Promise<OfflineFile[]> {
  const inputs = await Promise.all(sources.map((source) => readInput(source, terminal)))
  return inputs.flat().map(({ source, text }) => ({ name: source, text }))
}

export type NodeMetadata = Record<string, Record<string, unknown>>

/** Node metadata by dataplane, from a JSON file. */
export function readMetadata(path: string | undefined): NodeMetadata | undefined {
  if (path === undefined) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as NodeMetadata
  } catch (error) {
    throw new CliFailure(`--metadata ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/**
 * All resources of a mesh, and the global ones: of files, as a control plane would store them, or else of the active control
 * plane.
 * @throws CliFailure when some of the files would be refused; what is wrong is said before
 */
export async function meshResources(
  sources: readonly string[] | undefined,
  command: Command,
  terminal: Terminal,
): Promise<readonly Resource[]> {
  if (sources) {
    const { resources, refusals, issues } = applyOffline(await filesOf(sources, terminal))
    for (const issue of issues) terminal.err(`${describeIssue(issue)}\n`)
    if (refusals.length > 0) throw new CliFailure(`${refusals.length} resource(s) would be refused`)
    return resources
  }
  const session = sessionOf(command)
  return withClient(session, (client) => storedResources(client, session.mesh, terminal))
}

/** All resources of a mesh, and the global ones, that a control plane has. */
export async function storedResources(client: ApiClient, mesh: string, terminal: Terminal): Promise<Resource[]> {
  const found: Resource[] = []
  for (const kind of terminal.registry.kinds) {
    if (kind.readOnly) continue
    try {
      for (const item of await itemsOf(client, kind, mesh)) found.push(...parseObject(item, terminal.registry).resources)
    } catch (error) {
      if (!kind.adminOnly) throw error
      terminal.err(`warning: ${kind.displayName.plural} are left out: ${error instanceof Error ? error.message : String(error)}\n`)
    }
  }
  return found
}

interface Page {
  readonly items?: readonly unknown[]
  readonly next?: string | null
}

async function itemsOf(client: ApiClient, kind: Kind, mesh: string): Promise<unknown[]> {
  const items: unknown[] = []
  for (let offset: string | null = '0'; offset !== null; ) {
    const page = (await client.get(`${collectionPath(kind, mesh)}?size=1000&offset=${encodeURIComponent(offset)}`)) as Page
    items.push(...(page.items ?? []))
    offset = page.next ? new URL(page.next, 'http://localhost').searchParams.get('offset') : null
  }
  return items
}
