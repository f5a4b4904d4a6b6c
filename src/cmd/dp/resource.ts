import { readFileSync } from 'node:fs'
import { createRegistry } from '../../core/kind.js'
import { Dataplane } from '../../core/kinds/dataplane.js'
import { ZoneEgress } from '../../core/kinds/zone-egress.js'
import { ZoneIngress } from '../../core/kinds/zone-ingress.js'
import { parse } from '../../core/parse.js'
import type { Issue } from '../../core/issue.js'
import type { Kind } from '../../core/kind.js'
import { CliFailure } from '../failure.js'
import { renderVariables } from '../variables.js'
import type { RunSettings } from './settings.js'

export interface ProxyResourceText {
  readonly mesh: string
  readonly name: string
  /** The document, variables filled in. */
  readonly text: string
  /** What is not wrong, but worth a word. */
  readonly issues: readonly Issue[]
}

const types = { dataplane: 'Dataplane', ingress: 'ZoneIngress', egress: 'ZoneEgress' } as const

/**
 * The resource that the proxy brings along, if any: read and looked at here already, so that mistakes show where they are made.
 * @throws CliFailure
 */
export async function readProxyResource(
  { resource, resourceFile, variables, proxyType }: RunSettings,
  readStdin: () => Promise<string>,
): Promise<ProxyResourceText | undefined> {
  const source = resourceFile ?? 'the dataplane definition'
  const text = resourceFile === undefined ? resource : resourceFile === '-' ? await readStdin() : readText(resourceFile)
  if (text === undefined) return undefined
  const rendered = renderVariables(text, variables)
  const registry = createRegistry([Dataplane, ZoneIngress, ZoneEgress] as readonly Kind[])
  const { resources, issues } = parse(rendered, registry, { file: source })
  const errors = issues.filter(({ level }) => level === 'error').map(({ path, message }) => (path ? `${path}: ${message}` : message))
  if (errors.length > 0) throw new CliFailure(`${source}: ${errors.join('; ')}`)
  const [found, another] = resources
  if (!found || another) throw new CliFailure(`${source}: expected one ${types[proxyType]}, found ${resources.length} resources`)
  if (found.type !== types[proxyType]) throw new CliFailure(`${source}: expected a ${types[proxyType]}, found a ${found.type}`)
  return { mesh: found.mesh ?? '', name: found.name, text: rendered, issues }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CliFailure(`${file}: ${(error as Error).message}`)
  }
}
