import { defineConfig } from 'tsup'
import pkg from './package.json' with { type: 'json' }

/** `./dist/store/memory.js` -> `src/store/memory.ts`: what package.json offers is what gets built. */
const source = (built: string) => built.replace('./dist/', 'src/').replace(/\.js$/, '.ts')
const name = (file: string) => file.replace('src/', '').replace(/\.ts$/, '')
const byName = (files: string[]) => Object.fromEntries(files.map((file) => [name(file), file]))

const library = Object.values(pkg.exports).map((e) => source(e.default))
const programs = Object.values((pkg as { bin?: Record<string, string> }).bin ?? {}).map(source)

export default defineConfig({
  entry: byName([...library, ...programs]),
  dts: { entry: byName(library) },
  format: 'esm',
  target: 'node20',
  // Shared code goes into chunks of its own: two entries never hold two copies of one class.
  splitting: true,
  treeshake: false,
  clean: true,
  removeNodeProtocol: false,
  sourcemap: false,
})
