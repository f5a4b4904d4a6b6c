import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import Libsql from 'libsql/promise'
import { expect, it } from 'vitest'
import { KumaError } from '../src/core/errors.js'
import { openEmbeddedStore } from '../src/store/embedded.js'
import { kill, scratch, start } from './embedded/program.js'
import { dataplane, expectCode, mesh, put } from './store-contract/samples.js'

const folder = scratch()
const newPath = async () => join(await folder(), 'kuma.db')

it('refuses a file that another process holds, and takes it when that is killed', async () => {
  const path = await newPath()
  const holder = start('holder', path, 'held')
  await once(holder.stdout ?? holder, 'data')
  await expectCode(openEmbeddedStore({ path }), 'store-locked')
  await kill(holder)
  const store = await openEmbeddedStore({ path })
  expect((await store.list()).items.map((s) => s.resource.name)).toEqual(['held'])
  await store.close()
})

it('refuses a file that this process holds already', async () => {
  const path = await newPath()
  const store = await openEmbeddedStore({ path })
  await expectCode(openEmbeddedStore({ path }), 'store-locked')
  await store.write([put(mesh())])
  await store.close()
})

it('refuses a folder that is not there, and a folder for a file', async () => {
  const path = await newPath()
  await expectCode(openEmbeddedStore({ path: join(path, 'no', 'kuma.db') }), 'store-failed')
  await expectCode(openEmbeddedStore({ path: await folder() }), 'store-failed')
})

it('makes a file that only its owner can read: it holds secrets', async () => {
  const path = await newPath()
  const store = await openEmbeddedStore({ path })
  await store.write([put(mesh())])
  for (const file of [path, `${path}-wal`]) expect((await stat(file)).mode & 0o777).toBe(0o600)
  await store.close()
})

it('refuses files that are not a store, and leaves them as they are', async () => {
  const path = await newPath()
  const noise = Buffer.from('this is not a database, '.repeat(500))
  await writeFile(path, noise)
  await expectCode(openEmbeddedStore({ path }), 'store-corrupt')
  expect((await readFile(path)).equals(noise)).toBe(true)
})

it('refuses the database of another program', async () => {
  const path = await newPath()
  const other = new Libsql(path, {})
  await other.exec('CREATE TABLE songs (title TEXT)')
  other.close()
  await expectCode(openEmbeddedStore({ path }), 'store-corrupt')
})

it('refuses the file of a newer version', async () => {
  const path = await newPath()
  await (await openEmbeddedStore({ path })).close()
  const newer = new Libsql(path, {})
  await newer.exec("INSERT INTO migrations VALUES (99, '2099-01-01T00:00:00Z')")
  newer.close()
  await expectCode(openEmbeddedStore({ path }), 'store-newer')
})

it('refuses rows that say nothing sensible', async () => {
  const path = await newPath()
  for (const [statement, fix] of [
    ["UPDATE resources SET spec = '{'", "UPDATE resources SET spec = '{}'"],
    ["UPDATE resources SET version = 'x'", 'UPDATE resources SET version = 1'],
    ["UPDATE resources SET created = 'yesterday'", "UPDATE resources SET created = '2026-01-01T00:00:00Z'"],
    ['DELETE FROM progress', 'INSERT INTO progress VALUES (1, 0, 0)'],
  ]) {
    const store = await openEmbeddedStore({ path })
    await store.write([put(mesh())])
    await store.close()
    const tool = new Libsql(path, {})
    await tool.exec(statement ?? '')
    await expectCode(openEmbeddedStore({ path }), 'store-corrupt')
    await tool.exec(fix ?? '')
    tool.close()
  }
})

it('opens a damaged file or says that it can not, whatever the damage', async () => {
  const path = await newPath()
  const store = await openEmbeddedStore({ path })
  await store.write([put(mesh()), ...Array.from({ length: 60 }, (_, i) => put(dataplane(`dp-${i}`, { text: 'x'.repeat(i * 20) })))])
  await store.close()
  const whole = await readFile(path)
  const damage = fc.oneof(
    fc.record({ at: fc.nat(whole.length - 1), bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }) }),
    fc.record({ at: fc.nat(200), bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }) }),
    fc.record({ keep: fc.nat(whole.length) }),
  )
  let refused = 0
  const property = fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (damages) => {
    let file = Buffer.from(whole)
    for (const one of damages) {
      if ('keep' in one) file = file.subarray(0, one.keep)
      else if (one.at < file.length) file.set(one.bytes.subarray(0, file.length - one.at), one.at)
    }
    const damaged = await newPath()
    await writeFile(damaged, file)
    try {
      const opened = await openEmbeddedStore({ path: damaged })
      await opened.list()
      await opened.close()
    } catch (error) {
      refused += 1
      expect(error).toBeInstanceOf(KumaError)
      expect(['store-corrupt', 'store-newer', 'store-failed']).toContain((error as KumaError).code)
    }
  })
  await fc.assert(property, { numRuns: 150 })
  expect(refused).toBeGreaterThan(20)
})

it('fails a write that the disk refuses, and keeps what it had', async () => {
  const path = await newPath()
  const holder = fileURLToPath(new URL('embedded/holder.ts', import.meta.url))
  // The shell's limit on file sizes stands for a full disk: 300 KB, of which the mesh needs more.
  const script = `ulimit -f 300; exec "${process.execPath}" --import tsx "${holder}" "${path}" big 2000000`
  const store = await openEmbeddedStore({ path })
  await store.write([put(mesh('small'))])
  await store.close()
  const child = spawn('bash', ['-c', script], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  for await (const chunk of child.stderr) said += chunk
  expect(said).toContain('store-failed')
  const again = await openEmbeddedStore({ path })
  expect((await again.list()).items.map((s) => s.resource.name)).toEqual(['small'])
  await again.close()
})
