/** Run as a program with a store's file: writes a mesh, says so, and holds the store until it is killed. */
import { openEmbeddedStore } from '../../src/store/embedded.js'
import { mesh, put } from '../store-contract/samples.js'

const store = await openEmbeddedStore({ path: process.argv[2] ?? '' })
await store.write([put(mesh(process.argv[3] ?? 'default', { filler: 'x'.repeat(Number(process.argv[4] ?? 0)) }))])
console.log('holding')
setInterval(() => undefined, 60_000)
