import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ICruiseResult, cruise } from 'dependency-cruiser'
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
// @ts-expect-error it is plain JavaScript, for the program that reads it
import config from '../.dependency-cruiser.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { forbidden: rules, options } = config as { forbidden: { name: string; comment: string }[]; options: object }

/** For each rule a file that breaks it, and what that file says. */
const planted: Record<string, readonly [file: string, code: string]> = {
  'core-stands-alone': ['src/core/planted-1.ts', `export * from '../translate/planted.js'`],
  'core-needs-yaml-and-zod-only': ['src/core/planted-2.ts', `export { sha256 } from '@noble/hashes/sha2.js'`],
  'pure-code-has-no-node': ['src/translate/planted-3.ts', `export { readFileSync } from 'node:fs'`],
  'translate-knows-core-and-gen': ['src/translate/planted-4.ts', `export type * from '../server/planted.js'`],
  'translate-needs-encoding-and-hashing-only': ['src/translate/planted-5.ts', `export { parse } from 'yaml'`],
  'simulate-asks-what-is-translated': ['src/simulate/planted-19.ts', `export * from '../server/planted.js'`],
  'plan-compares-what-is-translated': ['src/plan/planted-21.ts', `export * from '../server/planted.js'`],
  'migrate-writes-resources-anew': ['src/migrate/planted-22.ts', `export * from '../server/planted.js'`],
  'simulate-needs-regular-expressions-only': ['src/simulate/planted-20.ts', `export { parse } from 'yaml'`],
  'explain-knows-translate-and-reflection': ['src/explain/planted-21.ts', `export * from '../server/planted.js'`],
  'kubernetes-knows-core-and-translate': ['src/kubernetes/planted-23.ts', `export * from '../server/planted.js'`],
  'kubernetes-needs-yaml-and-zod-only': ['src/kubernetes/planted-24.ts', `export { sha256 } from '@noble/hashes/sha2.js'`],
  'policy-knows-no-other-policy': ['src/translate/policies/a/planted-6.ts', `export * from '../b/planted.js'`],
  'policy-does-not-know-the-list': ['src/translate/policies/a/planted-7.ts', `export { policies } from '../index.js'`],
  'server-knows-no-store-and-no-program': ['src/server/planted-8.ts', `export * from '../store/planted.js'`],
  'kubernetes-api-knows-nobody': ['src/kubernetes-api/planted-24.ts', `export * from '../core/planted.js'`],
  'kubernetes-client-stays-aside': ['src/server/planted-25.ts', `export { KubeConfig } from '@kubernetes/client-node'`],
  'grpc-stays-at-the-rim': ['src/server/planted-9.ts', `export { status } from '@grpc/grpc-js'`],
  'store-knows-core-and-itself': ['src/store/planted-10.ts', `export * from './planted.js'`],
  'front-door-reaches-no-adapter': ['src/index.ts', `export * from './translate/planted-4.js'`],
  'reflection-stays-aside': ['src/protojson/planted-12.ts', `export * from '../translate/planted.js'`],
  'programs-are-not-imported': ['src/server/planted-13.ts', `export * from '../cmd/planted.js'`],
  'testing-is-for-tests': ['src/server/planted-14.ts', `export * from '../testing/planted.js'`],
  'generated-code-is-a-leaf': ['src/gen/planted-15.ts', `export * from '../core/planted.js'`],
  'no-development-packages': ['src/cmd/planted-16.ts', `export { test } from 'vitest'`],
  'only-known-packages': ['src/cmd/planted-17.ts', `export { x } from 'a-package-that-nobody-named'`],
  'no-cycles': ['src/core/planted-18.ts', `export { b } from './planted-18b.js'\nexport const a = 1`],
}

/** What the broken imports above aim at. */
const targets: Record<string, string> = {
  'src/core/planted-18b.ts': `export { a } from './planted-18.js'\nexport const b = 1`,
  ...Object.fromEntries(
    ['core', 'translate', 'translate/policies/b', 'server', 'store', 'cmd', 'testing'].map((folder) => [
      `src/${folder}/planted.ts`,
      'export const planted = 1',
    ]),
  ),
}

let copy: string
let violations: { readonly rule: string; readonly from: string; readonly to: string }[]

beforeAll(async () => {
  copy = mkdtempSync(join(tmpdir(), 'kuma-imports-'))
  for (const item of ['src', 'package.json', 'tsconfig.json']) cpSync(join(root, item), join(copy, item), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const files = { ...targets, ...Object.fromEntries(Object.values(planted)) }
  for (const [file, code] of Object.entries(files)) {
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    writeFileSync(join(copy, file), `${code}\n`, { flag: existsSync(join(copy, file)) ? 'a' : 'w' })
  }
  const tsConfig = extractTSConfig(join(copy, 'tsconfig.json'))
  const { output } = await cruise(
    ['src'],
    { ...options, ruleSet: { forbidden: rules as never }, validate: true, baseDir: copy },
    undefined,
    {
      tsConfig,
    },
  )
  violations = (output as ICruiseResult).summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }))
})

afterAll(() => rmSync(copy, { recursive: true, force: true }))

describe('import rules', () => {
  test('each rule has a planted violation', () => {
    expect(Object.keys(planted).sort()).toEqual(rules.map((rule) => rule.name).sort())
  })

  test.each(Object.entries(planted))('%s turns red', (rule, [file]) => {
    expect(violations).toContainEqual(expect.objectContaining({ rule, from: file }))
  })

  test('nothing else is red', () => {
    const plants = new Set([...Object.values(planted).map(([file]) => file), ...Object.keys(targets)])
    expect(violations.filter(({ from }) => !plants.has(from))).toEqual([])
  })

  test('each rule says why', () => {
    for (const rule of rules) expect(rule.comment, rule.name).toMatch(/^[A-Za-z".].{30,}\.$/)
  })
})
