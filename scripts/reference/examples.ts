import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { goldenCases } from '../../src/testing/golden.js'
import { root } from './root.js'

/** A resource as a person writes it, and the file that it is from. */
export interface Example {
  readonly text: string
  readonly value: Readonly<Record<string, unknown>>
  readonly file: string
}

/** Where kinds that no golden case is about have their examples. */
const ownFolder = 'docs/examples'

/**
 * An example of each kind: of the golden case of the kind's own that says it shortest, else of any, else written for the page.
 * Golden cases are translated, and Envoy accepts them; the others are read and admitted by the tests.
 */
export function examples(): ReadonlyMap<string, Example> {
  const best = new Map<string, { example: Example; rank: number }>()
  for (const { name, folder } of goldenCases(join(root, 'fixtures/golden'))) {
    const text = readFileSync(join(folder, 'input.yaml'), 'utf8')
    if (existsSync(join(folder, 'issues.yaml'))) continue
    for (const document of text.split(/^---$/m)) {
      const body = document.replace(/^(\s*#.*\n)+/, '').trim()
      const value = parseYaml(body) as Record<string, unknown> | null
      const type = value?.['type']
      if (!value || typeof type !== 'string') continue
      const own = name.startsWith(`${type.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-').toLowerCase()}/`)
      const rank = (own ? 0 : 10_000) + body.length
      const known = best.get(type)
      if (!known || rank < known.rank) best.set(type, { rank, example: { text: body, value, file: `fixtures/golden/${name}/input.yaml` } })
    }
  }
  return new Map([...best].map(([type, { example }]) => [type, example]))
}

/** The example that was written for the page of a kind, if one was. */
export function ownExample(type: string): Example | undefined {
  const file = `${ownFolder}/${type}.yaml`
  if (!existsSync(join(root, file))) return undefined
  const text = readFileSync(join(root, file), 'utf8').trim()
  return { text, value: parseYaml(text) as Record<string, unknown>, file }
}
