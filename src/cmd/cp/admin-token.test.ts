import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createTokens } from '../../server/tokens/tokens.js'
import { createMemoryStore } from '../../store/memory.js'
import { createLogger } from '../log.js'
import { keepAdminToken } from './admin-token.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'admin-token-'))
})
afterEach(() => rm(folder, { recursive: true }))

const log = createLogger('test', 'off')
const fresh = async () => {
  const store = createMemoryStore()
  const tokens = createTokens({ store })
  await tokens.ensureGlobalKeys()
  return { store, tokens }
}
const file = () => join(folder, 'work', 'admin-user-token')

test('is made once, for the user of the process alone, and is good', async () => {
  const { store, tokens } = await fresh()
  const said: string[] = []
  const telling = { ...log, info: (text: string) => void said.push(text) } as unknown as typeof log
  await keepAdminToken({ store, tokens, log: telling }, join(folder, 'work'))
  const token = await readFile(file(), 'utf8')
  expect(await tokens.verifyUser(token)).toEqual({ name: 'mesh-system:admin', groups: ['mesh-system:admin'] })
  expect((await stat(file())).mode & 0o777).toBe(0o600)
  expect(said).toEqual([expect.stringContaining(file())])
  expect(said.join()).not.toContain(token)

  await keepAdminToken({ store, tokens, log: telling }, join(folder, 'work'))
  expect(await readFile(file(), 'utf8')).toBe(token)
  expect(said).toHaveLength(1)
})

test('of several control planes on one store is the same', async () => {
  const { store, tokens } = await fresh()
  await Promise.all(['a', 'b'].map((name) => keepAdminToken({ store, tokens, log }, join(folder, name))))
  const [a, b] = await Promise.all(['a', 'b'].map((name) => readFile(join(folder, name, 'admin-user-token'), 'utf8')))
  expect(a).toBe(b)
})

test('of a store that is new takes the place of the old one', async () => {
  const [first, second] = [await fresh(), await fresh()]
  await keepAdminToken({ ...first, log }, join(folder, 'work'))
  await keepAdminToken({ ...second, log }, join(folder, 'work'))
  expect(await second.tokens.verifyUser(await readFile(file(), 'utf8'))).toBeDefined()
})
