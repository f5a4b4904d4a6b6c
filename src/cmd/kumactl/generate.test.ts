import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { secretKey, secretNames, secretOf } from '../../server/secrets.js'
import { createTokens } from '../../server/tokens/tokens.js'
import { createMemoryStore } from '../../store/memory.js'
import { registry } from '../../translate/kinds.js'
import { addGenerate } from './generate.js'

let folder: string
let keyFile: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'kumactl-generate-'))
  keyFile = join(folder, 'key.pem')
  writeFileSync(keyFile, await kumactl('signing-key', '--format', 'pem'))
})
afterAll(() => rmSync(folder, { recursive: true }))

async function kumactl(...args: string[]): Promise<string> {
  let said = ''
  const out = (text: string) => {
    said += text
  }
  const program = new Command('kumactl').option('-m, --mesh <name>').option('--config-file <path>').exitOverride()
  addGenerate(program, { out, err: out, readStdin: async () => '', now: () => new Date(), registry })
  await program.parseAsync(['node', 'kumactl', '--config-file', join(folder, 'none'), 'generate', ...args])
  return said
}

test('a token that is made offline is believed by who knows the public key, and by nobody else', async () => {
  const key = await kumactl('public-key', '--signing-key-path', keyFile)
  expect(key).toMatch(/^-----BEGIN RSA PUBLIC KEY-----/)
  const validator = { publicKeys: [{ kid: 'k-1', key }] }
  const believing = createTokens({ store: createMemoryStore(), validators: { user: validator } })
  const token = await kumactl(
    'user-token',
    ...['--name', 'jo', '--group', 'ops', '--valid-for', '1h', '--signing-key-path', keyFile, '--kid', 'k-1'],
  )
  expect(await believing.verifyUser(token)).toEqual({ name: 'jo', groups: ['ops'] })
  await expect(createTokens({ store: createMemoryStore() }).verifyUser(token)).rejects.toMatchObject({ code: 'no-signing-key' })
})

test('keys are rotated with overlap: the new one signs, tokens of the old one are good until it goes', async () => {
  const store = createMemoryStore()
  const tokens = createTokens({ store })
  await tokens.ensureGlobalKeys()
  const old = await tokens.issueUser({ name: 'jo', groups: [] }, 3_600_000)
  const fresh = Buffer.from(await kumactl('signing-key'), 'base64').toString()
  const second = secretKey(undefined, `${secretNames.userTokenKey}-0002`)
  await store.write([{ op: 'put', resource: secretOf(second, fresh) }])
  const token = await tokens.issueUser({ name: 'jo', groups: [] }, 3_600_000)
  expect(decodeProtectedHeader(token).kid).toBe('0002')
  expect(await Promise.all([old, token].map((one) => tokens.verifyUser(one)))).toHaveLength(2)
  await store.write([{ op: 'delete', key: secretKey(undefined, `${secretNames.userTokenKey}-1`) }])
  await expect(tokens.verifyUser(old)).rejects.toMatchObject({ code: 'no-signing-key' })
  expect(await tokens.verifyUser(token)).toMatchObject({ name: 'jo' })
})

test.each([
  [['user-token', '--name', 'jo', '--valid-for', 'x', '--signing-key-path', 'KEY', '--kid', '1'], 'validFor: is invalid'],
  [['user-token', '--name', 'jo', '--valid-for', '1h', '--signing-key-path', 'KEY'], 'go together'],
  [['user-token', '--name', 'jo', '--valid-for', '1h', '--signing-key-path', '/nowhere', '--kid', '1'], 'expected a private RSA key'],
])('%j is refused', async (args, reason) => {
  await expect(kumactl(...args.map((arg) => (arg === 'KEY' ? keyFile : arg)))).rejects.toThrow(reason)
})
