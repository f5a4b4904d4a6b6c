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

test('every dependency has a line that says why it is there, and no other has', () => {
  const rows = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \| (.+) \|$/gm)].map(([, name]) => name)
  expect(rows).toEqual(Object.keys(pkg.dependencies).sort())
  const optional = Object.keys(pkg.peerDependencies)
  for (const name of optional) expect(read('docs/dependencies.md')).toContain(`\`${name}\``)
})

test('no dependency that users install needs a script when it is installed', () => {
  // Looks at how versions are written in the package.json around it, and warns; nothing is made.
  const idle = ['node_modules/@grpc/proto-loader/node_modules/protobufjs']

  const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { dev?: boolean; hasInstallScript?: boolean }> }
  const scripted = Object.entries(lock.packages).filter(([path, { dev, hasInstallScript }]) => path !== '' && !dev && hasInstallScript)
  expect(scripted.map(([path]) => path)).toEqual(idle)
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
