import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Kind } from '../../src/core/kind.js'
import { jsonSchema } from '../../src/core/schema/json-schema.js'
import { backendRef, match, targetRef } from '../../src/core/target-ref.js'
import { registry } from '../../src/translate/kinds.js'
import { examples, ownExample } from './examples.js'
import { type Field, type Glossary, type Shared, fieldsOf, readGlossary } from './fields.js'
import { root } from './root.js'
import { type Targets, targetsOf } from './targets.js'

const shared = (): Shared[] => [
  { name: 'targetRef', schema: targetRef() },
  { name: 'backendRef', schema: backendRef() },
  { name: 'match', schema: match() },
]

/** Every file of the reference, by its path below `docs/reference`. */
export function referenceFiles(): ReadonlyMap<string, string> {
  const glossary = readGlossary()
  const found = examples()
  const abouts = aboutKinds()
  const kinds = [...registry.kinds].sort((a, b) => (a.type < b.type ? -1 : 1))
  const files = new Map<string, string>()
  for (const kind of kinds) {
    const example = ownExample(kind.type) ?? found.get(kind.type)
    files.set(`${kind.type}.md`, kindPage(kind, abouts.get(kind.type) ?? '', glossary, example?.text, example?.value))
    files.set(`schemas/${kind.type}.json`, `${JSON.stringify(jsonSchema(kind), null, 2)}\n`)
  }
  for (const { name, schema } of shared()) {
    const rest = shared().filter((other) => other.name !== name)
    files.set(`${name}.md`, `# ${name}\n\n${generated}\n\n${table(fieldsOf(name, schema, '', glossary, rest))}\n`)
  }
  files.set('README.md', indexPage(kinds, abouts))
  return files
}

const generated = '<!-- Written by `npm run docs` out of the schemas: edit those, not this page. -->'

/** The sentence above the declaration of each kind. */
export function aboutKinds(): ReadonlyMap<string, string> {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.ts$/.test(file) && !/\.test\./.test(file),
  )
  const declaration = /\/\*\*\s*((?:(?!\*\/)[\s\S])*?)\s*\*\/\s*export const \w+ = (?:defineKind|\w+Kind)\b[\s\S]*?type: '(\w+)'/g
  return new Map(
    files
      .filter((file) => file.startsWith('core/kinds/') || file.endsWith('/schema.ts'))
      .flatMap((file) => [...readFileSync(join(root, 'src', file), 'utf8').matchAll(declaration)])
      .map(([, about = '', type = '']) => [
        type,
        about
          .replace(/\s*\n\s*\* ?/g, ' ')
          .replace(/ ?Source: .*$/, '')
          .trim(),
      ]),
  )
}

function kindPage(
  kind: Kind,
  about: string,
  glossary: Glossary,
  example: string | undefined,
  value: Readonly<Record<string, unknown>> | undefined,
): string {
  const below = kind.encoding === 'openapi'
  const fields = fieldsOf(kind.type, kind.schema(), below ? 'spec' : '', glossary, shared())
  const targets = targetsOf(kind, (value?.['spec'] ?? {}) as Readonly<Record<string, unknown>>)
  const place = kind.scope === 'Mesh' ? `/meshes/{mesh}/${kind.plural}/{name}` : `/${kind.plural}/{name}`
  return (
    [
      `# ${kind.type}`,
      generated,
      about,
      [
        `- REST: \`${place}\`${kind.readOnly ? ' (written by the control plane alone)' : ''}`,
        ...(kind.shortName ? [`- Short name in identifiers: \`${kind.shortName}\``] : []),
        ...aims(kind, targets),
        `- JSON Schema: [schemas/${kind.type}.json](schemas/${kind.type}.json)`,
      ].join('\n'),
      ...(example ? ['## Example', `\`\`\`yaml\n${example}\n\`\`\``] : []),
      '## Fields',
      fields.length > 0 ? table(fields) : `Beside \`type\`${kind.scope === 'Mesh' ? ', `mesh`' : ''} and \`name\` there are none.`,
      '',
    ]
      .join('\n\n')
      .trimEnd() + '\n'
  )
}

function aims({ policy }: Kind, targets: Targets | undefined): string[] {
  if (policy?.matching === 'sourceDestination')
    return ['- Means connections from `sources` to `destinations`; the selectors with the most tags win.']
  if (policy?.matching === 'selectors') return ['- Means the proxies that its `selectors` fit; those with the most tags win.']
  if (!targets) return []
  const list = (kinds: readonly string[]) => kinds.map((name) => `\`${name}\``).join(', ')
  return [
    `- May be about (\`spec.targetRef\`): ${list(targets.top)}`,
    ...(targets.to.length > 0 ? [`- Outgoing traffic (\`spec.to\`) to: ${list(targets.to)}`] : []),
    ...(targets.from.length > 0 ? [`- Incoming traffic (\`spec.from\`) from: ${list(targets.from)}`] : []),
    ...(targets.rules ? ['- Incoming traffic by identity: `spec.rules`'] : []),
  ]
}

function table(fields: readonly Field[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|')
  const rows = fields.map(({ path, type, required, default: value, about }) => {
    const need = required ? 'required' : value === undefined ? '' : `\`${JSON.stringify(value)}\``
    return `| \`${path}\` | ${cell(type)} | ${cell(need)} | ${cell(about)} |`
  })
  return ['| field | value | default | |', '|---|---|---|---|', ...rows].join('\n')
}

function indexPage(kinds: readonly Kind[], abouts: ReadonlyMap<string, string>): string {
  const group = (title: string, fits: (kind: Kind) => boolean) => {
    const rows = kinds.filter(fits).map(({ type }) => `| [${type}](${type}.md) | ${abouts.get(type) ?? ''} |`)
    return `## ${title}\n\n| kind | |\n|---|---|\n${rows.join('\n')}`
  }
  return (
    [
      '# Reference',
      generated,
      'Every kind of resource, with its fields, an example, and a JSON Schema in [schemas](schemas).',
      group('Policies with a targetRef', ({ policy }) => policy?.matching === 'targetRef'),
      group('Older policies', ({ policy }) => policy !== undefined && policy.matching !== 'targetRef'),
      group('Everything else', ({ policy, readOnly }) => policy === undefined && !readOnly),
      group('Written by the control plane', ({ policy, readOnly }) => policy === undefined && readOnly === true),
      `Shapes that many of them have: ${shared()
        .map(({ name }) => `[${name}](${name}.md)`)
        .join(', ')}.`,
    ].join('\n\n') + '\n'
  )
}
