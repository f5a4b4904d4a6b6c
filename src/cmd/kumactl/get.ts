import type { Command } from 'commander'
import { stringify } from 'yaml'
import type { Kind } from '../../core/kind.js'
import { type Session, type Terminal, collectionPath, kindByWord, resourcePath, sessionOf, withClient } from './context.js'
import { CliFailure } from './failure.js'
import { ago, table, tagsText } from './table.js'

interface GetOptions {
  readonly output: string
  readonly size?: string
  readonly offset?: string
}

interface Item {
  readonly mesh?: string
  readonly name: string
  readonly modificationTime?: string
  readonly [field: string]: unknown
}

export function addGet(program: Command, terminal: Terminal): void {
  program
    .command('get <type> [name]')
    .description('show resources: all of a type, or one by its name')
    .option('-o, --output <format>', 'table, yaml or json', 'table')
    .option('--size <count>', 'at most so many')
    .option('--offset <position>', 'where the page begins')
    .action((word: string, name: string | undefined, options: GetOptions, command: Command) => get(word, name, options, command, terminal))
}

async function get(word: string, name: string | undefined, options: GetOptions, command: Command, terminal: Terminal): Promise<void> {
  const session = sessionOf(command)
  const kind = kindByWord(terminal.registry, word)
  await withClient(session, async (client) => {
    if (name !== undefined) {
      const item = (await client.get(resourcePath(kind, session.mesh, name))) as Item
      terminal.out(print(kind, [item], item, options.output, terminal))
      return
    }
    const list = (await client.get(collectionPath(kind, session.mesh) + query(options))) as { items: Item[]; next?: string | null }
    terminal.out(print(kind, list.items, list, options.output, terminal))
    const offset = list.next ? new URL(list.next, 'http://localhost').searchParams.get('offset') : null
    if (offset && options.output === 'table') terminal.out(`\nRerun command with --offset=${offset} argument to retrieve more resources\n`)
  })
}

function query({ size, offset }: GetOptions): string {
  const parameters = new URLSearchParams()
  if (size !== undefined) parameters.set('size', size)
  if (offset !== undefined) parameters.set('offset', offset)
  const text = parameters.toString()
  return text ? `?${text}` : ''
}

/** @throws CliFailure for a format that there isn't */
export function printData(data: unknown, format: string): string {
  if (format === 'yaml') return stringify(data)
  if (format === 'json') return `${JSON.stringify(data, null, 2)}\n`
  throw new CliFailure(`unknown output format "${format}": expected table, yaml or json`)
}

function print(kind: Kind, items: readonly Item[], data: unknown, format: string, terminal: Terminal): string {
  if (format !== 'table') return printData(data, format)
  const { headings, row } = columns[kind.type] ?? (kind.scope === 'Mesh' ? meshScoped : global)
  return `${table(
    headings,
    items.map((item) => row(item, terminal.now())),
  )}\n`
}

interface Columns {
  readonly headings: readonly string[]
  readonly row: (item: Item, now: Date) => readonly string[]
}

const meshScoped: Columns = {
  headings: ['MESH', 'NAME', 'AGE'],
  row: ({ mesh = '', name, modificationTime }, now) => [mesh, name, ago(modificationTime, now)],
}

const global: Columns = { headings: ['NAME', 'AGE'], row: ({ name, modificationTime }, now) => [name, ago(modificationTime, now)] }

interface DataplaneItem extends Item {
  readonly networking?: {
    readonly address?: string
    readonly advertisedAddress?: string
    readonly inbound?: readonly { readonly tags?: Record<string, string> }[]
    readonly gateway?: { readonly tags?: Record<string, string> }
  }
}

interface MeshItem extends Item {
  readonly mtls?: { readonly enabledBackend?: string; readonly backends?: readonly { readonly name: string; readonly type: string }[] }
  readonly routing?: { readonly localityAwareLoadBalancing?: boolean; readonly zoneEgress?: boolean }
}

const onOff = (value: unknown): string => (value === true ? 'on' : 'off')

const columns: Readonly<Record<string, Columns>> = {
  Dataplane: {
    headings: ['MESH', 'NAME', 'TAGS', 'ADDRESS', 'AGE'],
    row: (item, now) => {
      const { mesh = '', name, networking, modificationTime } = item as DataplaneItem
      return [
        mesh,
        name,
        tagsText(dataplaneTags(item as DataplaneItem)),
        networking?.advertisedAddress || (networking?.address ?? ''),
        ago(modificationTime, now),
      ]
    },
  },
  ExternalService: {
    headings: ['MESH', 'NAME', 'TAGS', 'ADDRESS', 'AGE'],
    row: (item, now) => {
      const {
        mesh = '',
        name,
        modificationTime,
        tags,
        networking,
      } = item as Item & { tags?: Record<string, string>; networking?: { address?: string } }
      return [mesh, name, tagsText([tags ?? {}]), networking?.address ?? '', ago(modificationTime, now)]
    },
  },
  Mesh: {
    headings: ['NAME', 'mTLS', 'LOCALITY', 'ZONEEGRESS', 'AGE'],
    row: (item, now) => {
      const { name, mtls, routing, modificationTime } = item as MeshItem
      const backend = mtls?.backends?.find((b) => b.name === mtls.enabledBackend)
      const security = backend ? `${backend.type}/${backend.name}` : 'off'
      return [name, security, onOff(routing?.localityAwareLoadBalancing), onOff(routing?.zoneEgress), ago(modificationTime, now)]
    },
  },
}

export function dataplaneTags({ networking }: DataplaneItem): Record<string, string>[] {
  if (networking?.gateway) return [networking.gateway.tags ?? {}]
  return (networking?.inbound ?? []).map(({ tags }) => tags ?? {})
}

export function addDelete(program: Command, terminal: Terminal): void {
  program
    .command('delete <type> <name>')
    .description('delete a resource')
    .action(async (word: string, name: string, _options: object, command: Command) => {
      const session: Session = sessionOf(command)
      const kind = kindByWord(terminal.registry, word)
      await withClient(session, (client) => client.delete(resourcePath(kind, session.mesh, name)))
      terminal.out(`deleted ${kind.type} "${name}"\n`)
    })
}
