/**
 * Run as a program with a store's file on a disk that is soon full, and a file that takes some of its room: writes until nothing
 * goes any more, removes that file, and writes on.
 */
import { unlinkSync } from 'node:fs'
import { openEmbeddedStore } from '../../src/store/embedded.js'
import { mesh, put } from '../store-contract/samples.js'

const [path = '', ballast = ''] = process.argv.slice(2)
const store = await openEmbeddedStore({ path })

/** @returns how many went well before one was refused, with what code */
async function fill(name: string, most: number): Promise<string> {
  for (let count = 0; count < most; count++) {
    const refusal = await store.write([put(mesh(`${name}-${count}`, { filler: 'x'.repeat(20_000) }))]).then(
      () => undefined,
      (error: { code: string }) => error.code,
    )
    if (refusal !== undefined) return `${count} ${refusal}`
  }
  return `${most}`
}

console.log(await fill('before', 1000))
console.log((await store.list()).items.length)
unlinkSync(ballast)
console.log(await fill('after', 3))
await store.close()
