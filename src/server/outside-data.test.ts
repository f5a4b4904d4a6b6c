import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOutsideData, nothingOutside } from './outside-data.js'

let folder: string
const at = (...names: string[]) => join(folder, ...names)
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kuma-outside-'))
  for (const name of ['in', 'in/deep', 'inside-not']) mkdirSync(at(name))
  for (const name of ['in/a', 'in/deep/b', 'inside-not/c', 'out']) writeFileSync(at(name), name)
  symlinkSync(at('out'), at('in', 'way-out'))
  symlinkSync(at('in', 'a'), at('in', 'alias'))
  symlinkSync(at('inside-not'), at('in', 'other-folder'))
  symlinkSync(at('in'), at('link-to-in'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const text = async (read: ReturnType<typeof nothingOutside.readFile>) => {
  const loaded = await read
  return loaded.ok ? loaded.data.toString() : loaded.message
}

describe('files that resources name', () => {
  it('are read where a folder is allowed, and below it', async () => {
    const { readFile } = createOutsideData({ folders: [at('in')] })
    expect(await Promise.all([at('in', 'a'), at('in', 'deep', 'b'), at('in', 'alias')].map((path) => text(readFile(path))))).toEqual([
      'in/a',
      'in/deep/b',
      'in/a',
    ])
    expect(await text(createOutsideData({ folders: [at('link-to-in')] }).readFile(at('link-to-in', 'a')))).toBe('in/a')
  })

  it('are refused anywhere else, whether they are there or not', async () => {
    const { readFile } = createOutsideData({ folders: [at('in')] })
    const elsewhere = [
      at('out'),
      at('gone'),
      at('inside-not', 'c'),
      at('in'),
      `${at('in')}/../out`,
      at('in', 'way-out'),
      at('in', 'other-folder', 'c'),
      `${at('in')}/deep/../../out`,
    ]
    for (const path of elsewhere) {
      expect(await text(readFile(path))).toBe(`file ${path} may not be read: no folder of setting dataSources.allowedFolders has it`)
    }
    expect(await text(nothingOutside.readFile(at('in', 'a')))).toContain('dataSources.allowedFolders')
    expect(await text(readFile('in/a'))).toContain('has to be absolute')
  })

  it('are read up to a length, and only where they are files', async () => {
    const { readFile } = createOutsideData({ folders: [at('in')], maxBytes: 3 })
    expect(await text(readFile(at('in', 'a')))).toContain('longer than 3 bytes')
    expect(await text(readFile(at('in', 'deep')))).toContain('it is no file')
    expect(await text(readFile(at('in', 'gone')))).toContain('no such file or directory')
    expect(await text(createOutsideData({ folders: [at('in')], maxBytes: 4 }).readFile(at('in', 'a')))).toBe('in/a')
  })
})

it('environment variables are read where they are named', () => {
  const { readVariable } = createOutsideData({ variables: ['A', 'B'], environment: { A: 'a', SECRET: 's' } })
  expect(readVariable('A')).toEqual({ ok: true, data: Buffer.from('a') })
  expect(readVariable('B')).toEqual({ ok: false, message: 'environment variable B is not set' })
  expect(readVariable('SECRET')).toMatchObject({ message: expect.stringContaining("setting dataSources.allowedVariables doesn't name it") })
})
