import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedStore } from '../src/store/embedded.js'
import { storeContract } from './store-contract.js'

const folders: string[] = []
const paths = new WeakMap<object, string>()

async function open(path: string, options: object) {
  const store = await openEmbeddedStore({ ...options, path })
  paths.set(store, path)
  return store
}

storeContract('embedded store', {
  async create(options) {
    const folder = await mkdtemp(join(tmpdir(), 'kuma-store-'))
    folders.push(folder)
    return open(join(folder, 'kuma.db'), options)
  },
  async reopen(store, options) {
    await store.close()
    return open(paths.get(store) ?? '', options)
  },
  async cleanUp() {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
  },
})
