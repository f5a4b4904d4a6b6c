import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import pkg from '../package.json' with { type: 'json' }
import { version } from '../src/cmd/version.js'
import { kumaErrorCodes } from '../src/core/errors.js'

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8')

test('ARCHITECTURE.md lists the codes of KumaError, each with what it means', () => {
  const rows = [...read('ARCHITECTURE.md').matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)].map(([, code, meaning]) => [code, meaning])
  expect(Object.fromEntries(rows)).toEqual(kumaErrorCodes)
})

test('programs tell the version of the package, and the changelog knows it', () => {
  expect(version).toBe(pkg.version)
  expect(read('CHANGELOG.md')).toContain(`## ${pkg.version}`)
})

test('the README names every entry of the package', () => {
  const entries = Object.keys(pkg.exports).map((entry) => `@kuma/core${entry.slice(1)}`)
  for (const entry of entries) expect(read('README.md')).toContain(`\`${entry}\``)
})

test('the library code of the README runs and says what its comments say', async () => {
  const [, code = ''] = /```ts\n([\s\S]*?)```/.exec(read('README.md')) ?? []
  const said: unknown[] = []
  const library = await import('../src/index.js')
  const body = code.replace(/import \{([^}]*)\} from '@kuma\/core'/, 'const {$1} = library')
  new Function('library', 'console', body)(library, { log: (...values: unknown[]) => said.push(values.length === 1 ? values[0] : values) })
  expect(said[0]).toEqual(['inbound:10.0.0.1:8080', 'outbound:127.0.0.1:20001'])
  expect(said[1]).toBeInstanceOf(Uint8Array)
})
